using System.Numerics;

namespace Platform.Datasets.Shards;

/// <summary>The shards of one split in order; together one long sequence of tokens.</summary>
public sealed class TokenShardSet : IDisposable
{
    private readonly TokenShard[] _shards;
    private readonly long[] _starts;

    private TokenShardSet(string folder, string split, TokenShard[] shards)
    {
        Folder = folder;
        Split = split;
        _shards = shards;
        _starts = new long[shards.Length];
        for (var i = 0; i < shards.Length; i++)
        {
            _starts[i] = Count;
            Count += shards[i].Count;
        }
    }

    /// <summary>The folder that holds them.</summary>
    public string Folder { get; }

    /// <summary><c>train</c> or <c>val</c>.</summary>
    public string Split { get; }

    /// <summary>The shards, sorted by name.</summary>
    public IReadOnlyList<TokenShard> Shards => _shards;

    /// <summary>Tokens in all shards together.</summary>
    public long Count { get; }

    /// <summary>Whether some tokens do not count in the loss.</summary>
    public bool IsMasked => _shards.Any(shard => shard.IsMasked);

    /// <summary>Maps every <c>{split}_*.bin</c> and <c>{split}_*.npy</c> of a folder, or nanoGPT's one
    /// <c>{split}.bin</c>; none at all gives an empty set.</summary>
    /// <exception cref="DamagedShardException">One of them is damaged.</exception>
    public static TokenShardSet Open(string folder, string split)
    {
        string[] paths =
        [
            .. Directory.GetFiles(folder, $"{split}_*.bin"),
            .. Directory.GetFiles(folder, $"{split}_*{ShardFormat.NpyExtension}"),
        ];
        Array.Sort(paths, StringComparer.Ordinal);
        var raw = Path.Combine(folder, ShardFormat.FileName(split, 0, ShardKind.Raw));
        var shards = new List<TokenShard>(paths.Length);
        try
        {
            foreach (var path in paths)
                shards.Add(TokenShard.Open(path));
            if (File.Exists(raw))
                shards.Add(TokenShard.OpenRaw(raw));
        }
        catch
        {
            shards.ForEach(shard => shard.Dispose());
            throw;
        }

        return new TokenShardSet(folder, split, [.. shards]);
    }

    /// <summary>Copies tokens of the sequence; a range may cross shards.</summary>
    /// <param name="start">The first token, from 0 over all shards.</param>
    /// <param name="destination">Filled whole.</param>
    public void CopyTo<TToken>(long start, Span<TToken> destination)
        where TToken : unmanaged, IBinaryInteger<TToken>
    {
        foreach (var (shard, offset, done, count) in Parts(start, destination.Length))
            shard.CopyTo(offset, destination.Slice((int)done, (int)count));
    }

    /// <summary>Copies tokens as targets: those that do not count in the loss become
    /// <see cref="TokenShard.Ignored"/>.</summary>
    /// <inheritdoc cref="CopyTo{TToken}(long, Span{TToken})"/>
    public void CopyTargetsTo<TToken>(long start, Span<TToken> destination)
        where TToken : unmanaged, IBinaryInteger<TToken>
    {
        foreach (var (shard, offset, done, count) in Parts(start, destination.Length))
            shard.CopyTargetsTo(offset, destination.Slice((int)done, (int)count));
    }

    /// <summary>How many tokens of a range count in the loss.</summary>
    public long CountTargets(long start, long length) =>
        IsMasked ? Parts(start, length).Sum(part => part.Shard.CountTargets(part.Offset, part.Count)) : length;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Dispose();
    }

    /// <summary>The pieces of shards that make up a range: where each lies in its shard, and what came before it.
    /// </summary>
    private IEnumerable<(TokenShard Shard, long Offset, long Done, long Count)> Parts(long start, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - length);
        return Enumerate(start, length);
    }

    private IEnumerable<(TokenShard Shard, long Offset, long Done, long Count)> Enumerate(long start, long length)
    {
        var found = Array.BinarySearch(_starts, start);
        // Empty shards share their start with the next one; reading passes over them.
        var index = found >= 0 ? found : ~found - 1;
        for (var done = 0L; done < length; index++)
        {
            var offset = start + done - _starts[index];
            var count = Math.Min(length - done, _shards[index].Count - offset);
            if (count <= 0)
                continue;
            yield return (_shards[index], offset, done, count);
            done += count;
        }
    }
}

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

    /// <summary>Maps every <c>{split}_*.bin</c> of a folder; none at all gives an empty set.</summary>
    /// <exception cref="DamagedShardException">One of them is damaged.</exception>
    public static TokenShardSet Open(string folder, string split)
    {
        var paths = Directory.GetFiles(folder, $"{split}_*.bin");
        Array.Sort(paths, StringComparer.Ordinal);
        var shards = new List<TokenShard>(paths.Length);
        try
        {
            foreach (var path in paths)
                shards.Add(TokenShard.Open(path));
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
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - destination.Length);
        var found = Array.BinarySearch(_starts, start);
        // Empty shards share their start with the next one; reading passes over them.
        var index = found >= 0 ? found : ~found - 1;
        while (!destination.IsEmpty)
        {
            var shard = _shards[index];
            var offset = start - _starts[index++];
            var count = (int)Math.Min(destination.Length, shard.Count - offset);
            if (count <= 0)
                continue;

            shard.CopyTo(offset, destination[..count]);
            destination = destination[count..];
            start += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Dispose();
    }
}

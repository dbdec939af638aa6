using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>Divides bytes into what looks like characters of UTF-8, each a group, or into single bytes. Any division
/// gives the same merges, so it does not matter whether the characters are valid.</summary>
internal sealed class CharacterGroups(GroupTable groups, ReadOnlySpan<int> byteIds, bool byCharacters)
{
    private readonly int[] _byteIds = byteIds.ToArray();
    private readonly int[] _known = new int[Characters.Short]; // group + 1, by the character
    private readonly Dictionary<int, int> _knownLong = [];

    /// <summary>Takes the first character off.</summary>
    public int Next(ref ReadOnlySpan<byte> rest)
    {
        var length = 1;
        var index = byCharacters ? Characters.First(rest, out length) : rest[0];
        int group;
        if (index < Characters.Short)
        {
            group = _known[index] - 1;
            if (group < 0)
            {
                group = groups.Add(rest[..length], _byteIds);
                _known[index] = group + 1;
            }
        }
        else if (!_knownLong.TryGetValue(index, out group))
        {
            group = groups.Add(rest[..length], _byteIds);
            _knownLong.Add(index, group);
        }

        rest = rest[length..];
        return group;
    }
}

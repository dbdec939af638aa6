namespace Platform.Tokenization.Training;

/// <summary>Divides bytes into what looks like characters of UTF-8, each a group; a byte that belongs to none is a group
/// by itself. Any division gives the same merges, so this need not be exact.</summary>
internal sealed class CharacterGroups(GroupTable groups, ReadOnlySpan<int> byteIds)
{
    private const int First2 = 256;             // after those of one byte
    private const int First3 = First2 + (1 << 11);
    private const int First4 = First3 + (1 << 16);

    private readonly int[] _byteIds = byteIds.ToArray();
    private readonly int[] _known = new int[First4];            // group + 1, by the character
    private readonly Dictionary<int, int> _knownOf4 = [];

    /// <summary>Takes the first character off.</summary>
    public int Next(ref ReadOnlySpan<byte> rest)
    {
        int lead = rest[0];
        var (key, length) = (lead, 1);
        if (lead >= 0xE0 && lead < 0xF0 && rest.Length >= 3 && IsContinuation(rest[1]) && IsContinuation(rest[2]))
            (key, length) = (First3 + ((lead & 0xF) << 12 | (rest[1] & 0x3F) << 6 | rest[2] & 0x3F), 3);
        else if (lead >= 0xC0 && lead < 0xE0 && rest.Length >= 2 && IsContinuation(rest[1]))
            (key, length) = (First2 + ((lead & 0x1F) << 6 | rest[1] & 0x3F), 2);
        else if (lead >= 0xF0 && lead < 0xF8 && rest.Length >= 4 && IsContinuation(rest[1]) && IsContinuation(rest[2])
            && IsContinuation(rest[3]))
        {
            (key, length) = (
                First4 + ((lead & 7) << 18 | (rest[1] & 0x3F) << 12 | (rest[2] & 0x3F) << 6 | rest[3] & 0x3F), 4);
        }

        int group;
        if (key < First4)
        {
            group = _known[key] - 1;
            if (group < 0)
            {
                group = groups.Add(rest[..length], _byteIds);
                _known[key] = group + 1;
            }
        }
        else if (!_knownOf4.TryGetValue(key, out group))
        {
            group = groups.Add(rest[..length], _byteIds);
            _knownOf4.Add(key, group);
        }

        rest = rest[length..];
        return group;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;
}

using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Platform.Workspaces;

/// <summary>
/// Ids of resources: <c>[a-z0-9][a-z0-9-]{0,62}</c>, the caller's or generated; the name of the resource's folder.
/// </summary>
public static partial class ResourceId
{
    /// <summary>The rule in words, for messages.</summary>
    public const string Rule = "1 to 63 of the characters a-z, 0-9 and '-', the first one no '-'";

    // Short, friendly and easy to tell apart when read aloud.
    private static readonly string[] s_adjectives =
    [
        "amber", "bold", "brisk", "calm", "clear", "crisp", "deep", "eager", "fair", "fine", "firm", "fresh", "gentle",
        "glad", "golden", "grand", "green", "happy", "keen", "kind", "light", "lively", "lucky", "mellow", "mild",
        "neat", "noble", "plain", "proud", "quick", "quiet", "rapid", "ready", "rosy", "round", "sharp", "silver",
        "smart", "smooth", "snowy", "soft", "solid", "still", "sunny", "swift", "tidy", "vivid", "warm", "wise",
    ];

    private static readonly string[] s_nouns =
    [
        "acorn", "badger", "beacon", "birch", "brook", "cedar", "cliff", "cloud", "comet", "coral", "crane", "delta",
        "dune", "eagle", "ember", "falcon", "fern", "finch", "fjord", "forest", "glade", "harbor", "hazel", "heron",
        "island", "ivy", "lake", "lark", "maple", "meadow", "moon", "oak", "ocean", "orchid", "otter", "owl", "pine",
        "planet", "prairie", "raven", "reef", "river", "robin", "sparrow", "spruce", "star", "stone", "tern", "valley",
    ];

    /// <summary>Whether <paramref name="id"/> keeps the rule.</summary>
    public static bool IsValid(string id) => Pattern().IsMatch(id);

    /// <summary>A new id such as <c>quiet-otter-3fa9</c>; random, not checked against what exists.</summary>
    public static string Create()
    {
        var adjective = s_adjectives[RandomNumberGenerator.GetInt32(s_adjectives.Length)];
        var noun = s_nouns[RandomNumberGenerator.GetInt32(s_nouns.Length)];
        return $"{adjective}-{noun}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}";
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}

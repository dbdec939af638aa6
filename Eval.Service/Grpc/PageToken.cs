using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Platform.ServiceDefaults;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Grpc;

/// <summary>Page tokens: how many entries went before, and a sum of the filter that they belong to.</summary>
internal static class PageToken
{
    /// <summary>The page size to use.</summary>
    /// <exception cref="InvalidArgumentException">It is negative or too large.</exception>
    public static int Size(int pageSize) => pageSize switch
    {
        0 => PlatformLimits.DefaultPageSize,
        > 0 and <= PlatformLimits.MaxPageSize => pageSize,
        _ => throw new InvalidArgumentException("page_size", Invariant(
            $"must be 1 to {PlatformLimits.MaxPageSize}, or 0 for {PlatformLimits.DefaultPageSize}; not {pageSize}.")),
    };

    /// <summary>Entries before the page; 0 for the first.</summary>
    /// <exception cref="InvalidArgumentException">The token is none of ours, or of another filter.</exception>
    public static int Read(string token, string filter)
    {
        if (token.Length == 0)
            return 0;
        var parts = token.Split('-');
        return parts.Length == 2
            && parts[1] == Sum(filter)
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var begin)
            ? begin
            : throw new InvalidArgumentException("page_token", "is not from an earlier answer to the same filter.");
    }

    /// <summary>The next page's token; empty at the end.</summary>
    public static string Next(int begin, int total, string filter) =>
        begin < total ? Invariant($"{begin}-{Sum(filter)}") : "";

    private static string Sum(string filter) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(filter)))[..8];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

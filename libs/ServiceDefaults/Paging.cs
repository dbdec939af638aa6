using System.Globalization;
using System.Text;
using Platform.Workspaces.Errors;

namespace Platform.ServiceDefaults;

/// <summary>Pages of a list: sizes, and opaque tokens that hold where the next page begins.</summary>
public static class Paging
{
    private const string TokenPrefix = "p1:";

    /// <summary>The size to use for a request's <c>page_size</c>; 0 is the default.</summary>
    /// <exception cref="InvalidArgumentException">Negative, or above
    /// <see cref="PlatformLimits.MaxPageSize"/>.</exception>
    public static int Size(int pageSize, int defaultSize = PlatformLimits.DefaultPageSize)
    {
        if (pageSize is < 0 or > PlatformLimits.MaxPageSize)
        {
            throw new InvalidArgumentException(
                "page_size", $"{pageSize} is not between 0 and {PlatformLimits.MaxPageSize}.");
        }

        return pageSize == 0 ? defaultSize : pageSize;
    }

    /// <summary>Where a page begins, from a request's <c>page_token</c>; 0 for an empty one.</summary>
    /// <exception cref="InvalidArgumentException">No token of ours.</exception>
    public static int Offset(string pageToken)
    {
        if (pageToken.Length == 0)
            return 0;
        Span<byte> bytes = stackalloc byte[64];
        if (Convert.TryFromBase64String(pageToken, bytes, out var length)
            && Encoding.ASCII.GetString(bytes[..length]) is var text
            && text.StartsWith(TokenPrefix, StringComparison.Ordinal)
            && int.TryParse(
                text.AsSpan(TokenPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return offset;
        }

        throw new InvalidArgumentException("page_token", "This is no token from an earlier answer.");
    }

    /// <summary>The token of the page that begins at <paramref name="offset"/>; empty where that is the end.</summary>
    public static string NextToken(int offset, int total) => offset >= total
        ? string.Empty
        : Convert.ToBase64String(Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{TokenPrefix}{offset}")));

    /// <summary>One page of a whole list, and the next page's token.</summary>
    public static (IReadOnlyList<T> Page, string NextPageToken) Slice<T>(
        IReadOnlyList<T> all, int pageSize, string pageToken, int defaultSize = PlatformLimits.DefaultPageSize)
    {
        var size = Size(pageSize, defaultSize);
        var offset = Math.Min(Offset(pageToken), all.Count);
        var page = all.Skip(offset).Take(size).ToList();
        return (page, NextToken(offset + page.Count, all.Count));
    }
}

namespace Platform.Cli.Commands;

/// <summary>Reads lists page by page.</summary>
internal static class Pages
{
    /// <summary>All items of all pages.</summary>
    public static async Task<IReadOnlyList<T>> AllAsync<T>(
        Func<string, Task<(Google.Protobuf.Collections.RepeatedField<T> Items, string NextPageToken)>> readPage)
    {
        var all = new List<T>();
        var token = string.Empty;
        do
        {
            var (items, next) = await readPage(token);
            all.AddRange(items);
            token = next;
        }
        while (token.Length > 0);
        return all;
    }
}

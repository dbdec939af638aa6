namespace Platform.Dashboard.Tests.Browser;

/// <summary>Small helps for plain HTTP.</summary>
internal static class HttpExtensions
{
    /// <summary>Gets a page; posts to what is no page.</summary>
    public static Task<HttpResponseMessage> PostOrGetAsync(this HttpClient client, string path) =>
        path.StartsWith("/_", StringComparison.Ordinal)
            ? client.PostAsync(path, null, TestContext.Current.CancellationToken)
            : client.GetAsync(path, TestContext.Current.CancellationToken);
}

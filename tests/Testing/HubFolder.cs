namespace Platform.Testing;

/// <summary>A hub of a test's own that serves the files of a folder, which is laid out as its addresses are:
/// <c>owner/name/resolve/main/file</c>, with <c>datasets/</c> before a data set.</summary>
public sealed class HubFolder : IDisposable
{
    private readonly TempFolder _files = new();
    private readonly ScriptedServer _server;

    /// <summary>Starts it, empty.</summary>
    public HubFolder() => _server = new ScriptedServer(Answer);

    /// <summary>Its address.</summary>
    public Uri Address => _server.Address;

    /// <summary>The paths that were asked for, in order.</summary>
    public IReadOnlyList<string> Asked => [.. _server.Requests.Select(request => request.Path)];

    /// <summary>Puts a file into a repository.</summary>
    /// <param name="repository"><c>owner/name</c>, or <c>datasets/owner/name</c>.</param>
    /// <param name="path">Its path there.</param>
    /// <param name="content">Its bytes.</param>
    public void Add(string repository, string path, byte[] content)
    {
        var file = _files[$"{repository}/resolve/main/{path}"];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }

    /// <summary>Puts files of a folder into a repository.</summary>
    public void Add(string repository, string folder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            Add(repository, name, File.ReadAllBytes(Path.Combine(folder, name)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Dispose();
        _files.Dispose();
    }

    private ScriptedReply Answer(ScriptedRequest request)
    {
        const string Tree = "/tree/main";
        var path = Uri.UnescapeDataString(request.Path.Split('?')[0]).TrimStart('/');
        if (path.StartsWith("api/", StringComparison.Ordinal)
            && path.IndexOf(Tree, StringComparison.Ordinal) is > 0 and var at)
        {
            // api/models/{id}/tree/main/{folder} and api/datasets/{id}/…
            var id = path[4..at];
            return List(id.StartsWith("models/", StringComparison.Ordinal) ? id["models/".Length..] : id);
        }

        var file = _files[path];
        return File.Exists(file)
            ? ScriptedServer.Serve(File.ReadAllBytes(file), request)
            : new ScriptedReply(404, []);
    }

    private ScriptedReply List(string repository)
    {
        var folder = _files[$"{repository}/resolve/main"];
        if (!Directory.Exists(folder))
            return new ScriptedReply(404, []);
        var entries = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => new
        {
            type = "file",
            path = Path.GetRelativePath(folder, file),
            size = new FileInfo(file).Length,
        });
        return new ScriptedReply(200, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(entries));
    }
}

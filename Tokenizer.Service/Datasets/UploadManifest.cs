using System.Text.Json;
using Platform.Workspaces;

namespace Platform.TokenizerHost.Datasets;

/// <summary><c>manifest.json</c> of an upload.</summary>
internal sealed record UploadManifest(
    int FormatVersion, string Id, string FileName, long SizeBytes, string Sha256, DateTimeOffset CreateTime)
{
    public const int CurrentFormat = 1;
    public const string Name = "manifest.json";

    public void Write(string folder) => AtomicFile.Write(
        Path.Combine(folder, Name), JsonSerializer.SerializeToUtf8Bytes(this, WorkspaceJson.Indented));
}

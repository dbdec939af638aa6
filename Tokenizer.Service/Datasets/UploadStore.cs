using Microsoft.Extensions.Options;
using Platform.Workspaces;

namespace Platform.TokenizerHost.Datasets;

/// <summary>The files that callers have sent.</summary>
internal sealed class UploadStore(DataRoot root, IOptions<UploadOptions> options, TimeProvider time)
    : IHostedService
{
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Begins to take a file in.</summary>
    /// <param name="fileName">A safe name.</param>
    public Upload Begin(string fileName)
    {
        var id = ResourceId.Create();
        return new Upload(Path.Combine(root.Uploads, id), id, fileName, options.Value.MaxBytes);
    }

    /// <summary>Removes what an earlier process left half taken in.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        ResourceFolder.RemoveLeftovers(root.Uploads);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

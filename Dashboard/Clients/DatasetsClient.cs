using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Dashboard.Clients;

/// <summary>Data sets and uploads of Tokenizer.Service.</summary>
/// <param name="client">The wire.</param>
public sealed class DatasetsClient(DatasetService.DatasetServiceClient client)
{
    private const string Service = "tokenizer";
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Data sets, newest first.</summary>
    public async Task<Outcome<IReadOnlyList<Dataset>>> ListAsync(CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ListDatasetsAsync(new() { PageSize = 500 }, o), token);
        return answer.Select(a => (IReadOnlyList<Dataset>)a.Datasets);
    }

    /// <summary>The names of finished data sets of documents, which texts can be read from; none where the service does
    /// not answer.</summary>
    public async Task<IReadOnlyList<string>> ListDocumentsAsync(CancellationToken token)
    {
        var (list, _) = await ListAsync(token);
        return
        [
            .. (list ?? [])
                .Where(d => d.State is State.Succeeded && d.Spec?.Kind is DatasetKind.Documents)
                .Select(d => d.Name),
        ];
    }

    /// <summary>Starts preparing a data set.</summary>
    public async Task<Outcome<Dataset>> CreateAsync(CreateDatasetRequest request, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CreateDatasetAsync(request, o), token);
        return answer.Select(a => a.Dataset);
    }

    /// <summary>Ends a preparation.</summary>
    public async Task<Outcome<Dataset>> CancelAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CancelDatasetAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Dataset);
    }

    /// <summary>Deletes a data set that nothing uses.</summary>
    public Task<Outcome<DeleteDatasetResponse>> DeleteAsync(string name, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.DeleteDatasetAsync(new() { Name = name }, o), token);

    /// <summary>The first documents or items, and how long all of them are.</summary>
    public Task<Outcome<PreviewDatasetResponse>> PreviewAsync(string name, int count, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.PreviewDatasetAsync(new() { Name = name, Count = count }, o), token);

    /// <summary>Real data sets that are known by name.</summary>
    public async Task<Outcome<IReadOnlyList<CatalogEntry>>> ListCatalogAsync(CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ListCatalogAsync(new(), o), token);
        return answer.Select(a => (IReadOnlyList<CatalogEntry>)a.Entries);
    }

    /// <summary>Follows the list.</summary>
    public IAsyncEnumerable<ListChange<Dataset>> WatchList(CancellationToken token) =>
        Calls.ReadAsync(client.WatchDatasets(new(), cancellationToken: token), token)
            .Select(m => new ListChange<Dataset>(m.Snapshot?.Datasets, m.Changed, m.Removed));

    /// <summary>Follows a data set's preparation.</summary>
    public IAsyncEnumerable<WatchDatasetResponse> Watch(string name, CancellationToken token) =>
        Calls.ReadAsync(client.WatchDataset(new() { Name = name }, cancellationToken: token), token);

    /// <summary>Sends a file.</summary>
    /// <param name="fileName">Its name without a folder.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="progress">Is told the bytes sent so far.</param>
    /// <param name="token">Ends the sending.</param>
    public async Task<Outcome<UploadFileResponse>> UploadAsync(
        string fileName, long size, Stream content, Action<long> progress, CancellationToken token)
    {
        try
        {
            using var call = client.UploadFile(cancellationToken: token);
            try
            {
                await SendAsync(call.RequestStream, fileName, size, content, progress, token);
            }
            catch (RpcException)
            {
                // The service refused before the end; its answer below says why.
            }

            return new(await call.ResponseAsync, null);
        }
        catch (RpcException error)
        {
            return new(null, CallFailure.From(error, Service));
        }
        catch (IOException error)
        {
            // The browser's side broke off.
            return new(null, new(FailureKind.Fault, error.Message, "Choose the file again.", []));
        }
    }

    private static async Task SendAsync(
        IClientStreamWriter<UploadFileRequest> requests,
        string fileName,
        long size,
        Stream content,
        Action<long> progress,
        CancellationToken token)
    {
        await requests.WriteAsync(new() { File = new() { FileName = fileName, SizeBytes = size } }, token);
        var buffer = new byte[ChunkBytes];
        long sent = 0;
        int read;
        while ((read = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, token)) > 0)
        {
            await requests.WriteAsync(new() { Chunk = ByteString.CopyFrom(buffer, 0, read) }, token);
            progress(sent += read);
        }

        await requests.CompleteAsync();
    }
}

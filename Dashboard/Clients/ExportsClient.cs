using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Clients;

/// <summary>Exports of Trainer.Service: models in other programs' formats.</summary>
/// <param name="client">The wire.</param>
public sealed class ExportsClient(ExportService.ExportServiceClient client)
{
    /// <summary>Exports a model to the end.</summary>
    /// <param name="request">What to export, and how.</param>
    /// <param name="receive">Is told how far it is; the last message has the folder.</param>
    /// <param name="token">Ends it.</param>
    /// <returns>Why it broke; null where the files are whole. A stop by the token is of kind Cancelled.</returns>
    public Task<CallFailure?> ExportAsync(
        ExportModelRequest request, Action<ExportModelResponse> receive, CancellationToken token) =>
        Calls.TryReadAsync("trainer", client.ExportModel(request, cancellationToken: token), receive, token);
}

using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Clients;

/// <summary>Sweeps of Trainer.Service.</summary>
/// <param name="client">The wire.</param>
public sealed class SweepsClient(SweepService.SweepServiceClient client)
{
    private const string Service = "trainer";

    /// <summary>Sweeps, newest first, without their trials.</summary>
    public async Task<Outcome<IReadOnlyList<Sweep>>> ListAsync(CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ListSweepsAsync(new() { PageSize = 200 }, o), token);
        return answer.Select(a => (IReadOnlyList<Sweep>)a.Sweeps);
    }

    /// <summary>Makes a sweep.</summary>
    public async Task<Outcome<Sweep>> CreateAsync(CreateSweepRequest request, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CreateSweepAsync(request, o), token);
        return answer.Select(a => a.Sweep);
    }

    /// <summary>Asks a sweep to end.</summary>
    public async Task<Outcome<Sweep>> CancelAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CancelSweepAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Sweep);
    }

    /// <summary>Takes a sweep up again.</summary>
    public async Task<Outcome<Sweep>> ResumeAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ResumeSweepAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Sweep);
    }

    /// <summary>Deletes a sweep with its trials' runs.</summary>
    public Task<Outcome<DeleteSweepResponse>> DeleteAsync(string name, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.DeleteSweepAsync(new() { Name = name }, o), token);

    /// <summary>The trials' table as a file.</summary>
    public Task<Outcome<ExportSweepResponse>> ExportAsync(string name, TableFormat format, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.ExportSweepAsync(new() { Name = name, Format = format }, o), token);

    /// <summary>Follows the list.</summary>
    public IAsyncEnumerable<ListChange<Sweep>> WatchList(CancellationToken token) =>
        Calls.ReadAsync(client.WatchSweeps(new(), cancellationToken: token), token)
            .Select(m => new ListChange<Sweep>(m.Snapshot?.Sweeps, m.Changed, m.Removed));

    /// <summary>Follows one sweep by the list, also when it has ended; null: it was deleted.</summary>
    public IAsyncEnumerable<Sweep?> WatchInList(string name, CancellationToken token) =>
        WatchList(token).Of(name, s => s.Name);

    /// <summary>What came out of a sweep.</summary>
    public Task<Outcome<GetSweepResultsResponse>> ResultsAsync(string name, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.GetSweepResultsAsync(new() { Name = name }, o), token);

    /// <summary>The best trial, as a model.</summary>
    /// <param name="name">The sweep's name.</param>
    /// <param name="dataset">The best on this data set; empty: over all.</param>
    /// <param name="token">Cancels it.</param>
    public Task<Outcome<GetSweepWinnerResponse>> WinnerAsync(string name, string dataset, CancellationToken token) =>
        Calls.TryAsync(
            Service, o => client.GetSweepWinnerAsync(new() { Name = name, Dataset = dataset }, o), token);

    /// <summary>A sweep's figures, as data.</summary>
    public async Task<Outcome<IReadOnlyList<SweepFigure>>> FiguresAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.GetSweepFiguresAsync(new() { Name = name }, o), token);
        return answer.Select(a => (IReadOnlyList<SweepFigure>)a.Figures);
    }

    /// <summary>Follows a sweep with its trials.</summary>
    public IAsyncEnumerable<WatchSweepResponse> Watch(string name, CancellationToken token) =>
        Calls.ReadAsync(client.WatchSweep(new() { Name = name }, cancellationToken: token), token);
}

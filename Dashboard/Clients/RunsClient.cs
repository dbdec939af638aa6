using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Clients;

/// <summary>Runs of Trainer.Service.</summary>
/// <param name="client">The wire.</param>
public sealed class RunsClient(RunService.RunServiceClient client)
{
    private const string Service = "trainer";

    /// <summary>One run.</summary>
    public async Task<Outcome<Run>> GetAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.GetRunAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Run);
    }

    /// <summary>The newest runs that match.</summary>
    public Task<Outcome<ListRunsResponse>> ListAsync(string filter, int pageSize, CancellationToken token) =>
        Calls.TryAsync(
            Service, o => client.ListRunsAsync(new() { Filter = filter, PageSize = pageSize }, o), token);

    /// <summary>Makes a run, or only checks what it would be.</summary>
    public async Task<Outcome<Run>> CreateAsync(CreateRunRequest request, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CreateRunAsync(request, o), token);
        return answer.Select(a => a.Run);
    }

    /// <summary>Asks a run to end.</summary>
    public async Task<Outcome<Run>> CancelAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CancelRunAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Run);
    }

    /// <summary>Takes a run up again, with more steps where it had succeeded.</summary>
    public async Task<Outcome<Run>> ResumeAsync(string name, long? maxSteps, CancellationToken token)
    {
        var request = new ResumeRunRequest { Name = name };
        if (maxSteps is { } steps)
            request.MaxSteps = steps;
        var answer = await Calls.TryAsync(Service, o => client.ResumeRunAsync(request, o), token);
        return answer.Select(a => a.Run);
    }

    /// <summary>What a run would take.</summary>
    public async Task<Outcome<RunEstimate>> EstimateAsync(RunSpec spec, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.EstimateRunAsync(new() { Spec = spec }, o), token);
        return answer.Select(a => a.Estimate);
    }

    /// <summary>Deletes a run that has ended.</summary>
    public Task<Outcome<DeleteRunResponse>> DeleteAsync(string name, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.DeleteRunAsync(new() { Name = name }, o), token);

    /// <summary>Renames and tags a run.</summary>
    public async Task<Outcome<Run>> UpdateAsync(
        string name, string displayName, IEnumerable<string> tags, CancellationToken token)
    {
        var request = new UpdateRunRequest { Name = name, DisplayName = displayName, Tags = new() };
        request.Tags.Tags.AddRange(tags);
        var answer = await Calls.TryAsync(Service, o => client.UpdateRunAsync(request, o), token);
        return answer.Select(a => a.Run);
    }

    /// <summary>Curves in buckets.</summary>
    public async Task<Outcome<IReadOnlyList<Curve>>> GetMetricsAsync(GetMetricsRequest request, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.GetMetricsAsync(request, o), token);
        return answer.Select(a => (IReadOnlyList<Curve>)a.Curves);
    }

    /// <summary>Checkpoints, newest first.</summary>
    public async Task<Outcome<IReadOnlyList<Checkpoint>>> ListCheckpointsAsync(string run, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ListCheckpointsAsync(new() { Run = run }, o), token);
        return answer.Select(a => (IReadOnlyList<Checkpoint>)a.Checkpoints);
    }

    /// <summary>Samples, newest first.</summary>
    public async Task<Outcome<IReadOnlyList<Sample>>> ListSamplesAsync(string run, CancellationToken token)
    {
        var answer = await Calls.TryAsync(
            Service, o => client.ListSamplesAsync(new() { Run = run, PageSize = 200 }, o), token);
        return answer.Select(a => (IReadOnlyList<Sample>)a.Samples);
    }

    /// <summary>Events, oldest first.</summary>
    public async Task<Outcome<IReadOnlyList<RunEvent>>> ListEventsAsync(string run, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ListEventsAsync(new() { Run = run }, o), token);
        return answer.Select(a => (IReadOnlyList<RunEvent>)a.Events);
    }

    /// <summary>Follows one run from a cursor on; without one, from now on.</summary>
    public IAsyncEnumerable<WatchRunResponse> Watch(string name, long? cursor, CancellationToken token)
    {
        var request = new WatchRunRequest
        {
            Name = name,
            AfterCursor = cursor ?? 0,
            SkipHistory = cursor is null,
            IncludeLog = true,
        };
        return Calls.ReadAsync(client.WatchRun(request, cancellationToken: token), token);
    }

    /// <summary>Follows the list of runs.</summary>
    public IAsyncEnumerable<WatchRunsResponse> WatchList(string filter, CancellationToken token) =>
        Calls.ReadAsync(client.WatchRuns(new() { Filter = filter }, cancellationToken: token), token);

    /// <summary>Follows one run by the list, also when it has ended; null: it was deleted.</summary>
    public IAsyncEnumerable<Run?> WatchInList(string name, CancellationToken token) =>
        WatchList("id:" + name["runs/".Length..], token)
            .Select(m => new ListChange<Run>(m.Snapshot?.Runs, m.Changed, m.Removed))
            .Of(name, r => r.Name);

    /// <summary>Follows a page of the list of runs, in its order.</summary>
    public IAsyncEnumerable<WatchRunsResponse> WatchPage(
        string filter, string orderBy, int skip, int count, CancellationToken token)
    {
        var request = new WatchRunsRequest { Filter = filter, OrderBy = orderBy, Skip = skip, PageSize = count };
        return Calls.ReadAsync(client.WatchRuns(request, cancellationToken: token), token);
    }
}

using Platform.Contracts.Eval.V1;

namespace Platform.Dashboard.Clients;

/// <summary>Evaluations of Eval.Service.</summary>
/// <param name="client">The wire.</param>
public sealed class EvaluationsClient(EvaluationService.EvaluationServiceClient client)
{
    private const string Service = "eval";

    /// <summary>Evaluations, newest first.</summary>
    public async Task<Outcome<IReadOnlyList<Evaluation>>> ListAsync(CancellationToken token)
    {
        var answer = await Calls.TryAsync(
            Service, o => client.ListEvaluationsAsync(new() { PageSize = 200 }, o), token);
        return answer.Select(a => (IReadOnlyList<Evaluation>)a.Evaluations);
    }

    /// <summary>Makes an evaluation.</summary>
    public async Task<Outcome<Evaluation>> CreateAsync(CreateEvaluationRequest request, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CreateEvaluationAsync(request, o), token);
        return answer.Select(a => a.Evaluation);
    }

    /// <summary>Asks an evaluation to end.</summary>
    public async Task<Outcome<Evaluation>> CancelAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.CancelEvaluationAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Evaluation);
    }

    /// <summary>Goes on with an evaluation.</summary>
    public async Task<Outcome<Evaluation>> ResumeAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ResumeEvaluationAsync(new() { Name = name }, o), token);
        return answer.Select(a => a.Evaluation);
    }

    /// <summary>Deletes an evaluation that has ended.</summary>
    public Task<Outcome<DeleteEvaluationResponse>> DeleteAsync(string name, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.DeleteEvaluationAsync(new() { Name = name }, o), token);

    /// <summary>A page of graded items.</summary>
    public Task<Outcome<ListExamplesResponse>> ListExamplesAsync(
        ListExamplesRequest request, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.ListExamplesAsync(request, o), token);

    /// <summary>Two evaluations of the same items.</summary>
    public Task<Outcome<CompareEvaluationsResponse>> CompareAsync(
        CompareEvaluationsRequest request, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.CompareEvaluationsAsync(request, o), token);

    /// <summary>The tasks that are built in.</summary>
    public async Task<Outcome<IReadOnlyList<TaskInfo>>> ListTasksAsync(CancellationToken token)
    {
        var answer = await Calls.TryAsync(Service, o => client.ListTasksAsync(new(), o), token);
        return answer.Select(a => (IReadOnlyList<TaskInfo>)a.Tasks);
    }

    /// <summary>A file of an evaluation, piece by piece.</summary>
    public IAsyncEnumerable<ExportEvaluationResponse> Export(string name, ExportPart part, CancellationToken token) =>
        Calls.ReadAsync(client.ExportEvaluation(new() { Name = name, Part = part }, cancellationToken: token), token);

    /// <summary>Follows the list.</summary>
    public IAsyncEnumerable<ListChange<Evaluation>> WatchList(CancellationToken token) =>
        Calls.ReadAsync(client.WatchEvaluations(new(), cancellationToken: token), token)
            .Select(m => new ListChange<Evaluation>(m.Snapshot?.Evaluations, m.Changed, m.Removed));

    /// <summary>Follows one evaluation by the list, also when it has ended; null: it was deleted.</summary>
    public IAsyncEnumerable<Evaluation?> WatchInList(string name, CancellationToken token) =>
        WatchList(token).Of(name, e => e.Name);

    /// <summary>Follows an evaluation.</summary>
    public IAsyncEnumerable<WatchEvaluationResponse> Watch(string name, CancellationToken token) =>
        Calls.ReadAsync(client.WatchEvaluation(new() { Name = name }, cancellationToken: token), token);
}

using Platform.Contracts.Inference.V1;

namespace Platform.Dashboard.Clients;

/// <summary>Models and generation of Inference.Service.</summary>
/// <param name="client">The wire.</param>
public sealed class GenerationClient(InferenceService.InferenceServiceClient client)
{
    private const string Service = "inference";
    private const int LoadSeconds = 600;

    /// <summary>Models in memory.</summary>
    public Task<Outcome<ListModelsResponse>> ListModelsAsync(CancellationToken token) =>
        Calls.TryAsync(Service, o => client.ListModelsAsync(new(), o), token);

    /// <summary>Loads a model.</summary>
    public async Task<Outcome<Model>> LoadAsync(string name, CancellationToken token)
    {
        var answer = await Calls.TryAsync(
            Service, o => client.LoadModelAsync(new() { Name = name }, o), LoadSeconds, token);
        return answer.Select(a => a.Model);
    }

    /// <summary>Frees a model.</summary>
    public Task<Outcome<UnloadModelResponse>> UnloadAsync(string name, CancellationToken token) =>
        Calls.TryAsync(Service, o => client.UnloadModelAsync(new() { Name = name }, o), token);

    /// <summary>Generates, handing over each part as it comes. A generation is never repeated by itself.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="receive">Takes a part.</param>
    /// <param name="token">Stops the generation, on the service too.</param>
    /// <returns>Why it broke; null where it came to its end. A stop by the token is of kind Cancelled.</returns>
    public Task<CallFailure?> StreamAsync(
        StreamGenerateRequest request, Action<StreamGenerateResponse> receive, CancellationToken token) =>
        Calls.TryReadAsync(Service, client.StreamGenerate(request, cancellationToken: token), receive, token);
}

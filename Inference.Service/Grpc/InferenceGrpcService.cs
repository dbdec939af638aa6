using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.InferenceHost.Generation;
using Platform.InferenceHost.Models;
using Platform.ServiceDefaults;

namespace Platform.InferenceHost.Grpc;

/// <summary>Models in memory, and text generated with them.</summary>
internal sealed class InferenceGrpcService(
    ModelRegistry models, TextGenerationFactory generations, IHostApplicationLifetime lifetime)
    : InferenceService.InferenceServiceBase
{
    public override async Task<LoadModelResponse> LoadModel(LoadModelRequest request, ServerCallContext context)
    {
        RequestChecks.Check(request);
        using var stop = lifetime.LinkCall(context);
        using var lease = await models.AcquireAsync(request.Name, "name", request.Device, stop.Token);
        var snapshot = models.List().First(model => model.Model == lease.Model);
        return new LoadModelResponse { Model = ToMessage(snapshot) };
    }

    public override async Task<UnloadModelResponse> UnloadModel(UnloadModelRequest request, ServerCallContext context)
    {
        using var stop = lifetime.LinkCall(context);
        await models.UnloadAsync(request.Name, stop.Token);
        return new UnloadModelResponse();
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var response = new ListModelsResponse { MemoryLimitBytes = models.MemoryLimitBytes };
        response.Models.AddRange(models.List().Select(ToMessage));
        return Task.FromResult(response);
    }

    public override async Task<GenerateResponse> Generate(GenerateRequest request, ServerCallContext context)
    {
        RequestChecks.Check(request.Model, request.Sampling);
        using var stop = lifetime.LinkCall(context);
        var seed = request.Sampling?.HasSeed == true ? request.Sampling.Seed : TextGenerationFactory.NewSeed();
        using var generation = await StartAsync(request.Model, request.Prompt, request.Sampling, seed, stop.Token);
        var response = new GenerateResponse { Seed = seed };
        var text = new StringBuilder();
        await foreach (var update in generation.ReadAsync(stop.Token))
        {
            text.Append(update.Text);
            if (update.TokenId is { } id)
                response.TokenIds.Add(id);
            if (update.End is { } end)
                response.FinishReason = ToMessage(end);
        }

        response.Text = text.ToString();
        response.Usage = ToUsage(generation);
        return response;
    }

    public override async Task StreamGenerate(
        StreamGenerateRequest request,
        IServerStreamWriter<StreamGenerateResponse> responseStream,
        ServerCallContext context)
    {
        RequestChecks.Check(request.Model, request.Sampling);
        using var stop = lifetime.LinkCall(context);
        var seed = request.Sampling?.HasSeed == true ? request.Sampling.Seed : TextGenerationFactory.NewSeed();
        using var generation = await StartAsync(request.Model, request.Prompt, request.Sampling, seed, stop.Token);
        await foreach (var update in generation.ReadAsync(stop.Token))
        {
            var message = new StreamGenerateResponse { Text = update.Text };
            if (update.TokenId is { } id)
                message.TokenIds.Add(id);
            if (update.End is { } end)
            {
                message.FinishReason = ToMessage(end);
                message.Usage = ToUsage(generation);
                message.Seed = seed;
            }

            await responseStream.WriteAsync(message, stop.Token);
        }
    }

    private Task<TextGeneration> StartAsync(
        string model, string prompt, SamplingParameters? sampling, long seed, CancellationToken cancellationToken) =>
        generations.StartAsync(
            model,
            prompt,
            RequestChecks.ToOptions(sampling, seed),
            sampling is null ? [] : [.. sampling.Stop],
            sampling?.HasMaxTokens == true ? sampling.MaxTokens : null,
            sampling?.IgnoreEndOfText == true,
            cancellationToken);

    private static FinishReason ToMessage(GenerationEnd end) => end switch
    {
        GenerationEnd.Stop => FinishReason.Stop,
        GenerationEnd.Length => FinishReason.Length,
        _ => FinishReason.Unspecified,
    };

    private static Usage ToUsage(TextGeneration generation) => new()
    {
        PromptTokens = generation.PromptTokens,
        CompletionTokens = generation.CompletionTokens,
        FirstTokenSeconds = generation.FirstTokenSeconds,
        TokensPerSecond = generation.TokensPerSecond,
        LoadSeconds = generation.LoadSeconds,
    };

    private static Model ToMessage(ModelSnapshot snapshot) => new()
    {
        Name = snapshot.Model.Reference,
        ResolvedName = snapshot.Model.Source.Name,
        BaseModel = snapshot.Model.Source.Base?.Name ?? "",
        ParameterCount = snapshot.Model.ParameterCount,
        MemoryBytes = snapshot.Model.MemoryBytes,
        ContextLength = snapshot.Model.ContextLength,
        VocabularySize = snapshot.Model.Tokenizer.VocabularySize,
        Device = snapshot.Model.Device,
        LoadTime = snapshot.LoadTime.ToTimestamp(),
        LastUseTime = snapshot.LastUseTime.ToTimestamp(),
    };
}

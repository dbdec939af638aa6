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
    ModelRegistry models,
    TextGenerationFactory generations,
    PerplexityMeasure perplexity,
    IHostApplicationLifetime lifetime)
    : InferenceService.InferenceServiceBase
{
    public override async Task<LoadModelResponse> LoadModel(LoadModelRequest request, ServerCallContext context)
    {
        var wanted = RequestChecks.Check(request);
        using var stop = lifetime.LinkCall(context);
        using var lease = await models.AcquireAsync(wanted, stop.Token);
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

    public override async Task<MeasurePerplexityResponse> MeasurePerplexity(
        MeasurePerplexityRequest request, ServerCallContext context)
    {
        var wanted = RequestChecks.Check(request);
        using var stop = lifetime.LinkCall(context);
        var figures = await perplexity.RunAsync(wanted, request.Text, Connection(context), stop.Token);
        return new MeasurePerplexityResponse
        {
            Loss = figures.Loss,
            Perplexity = Math.Exp(figures.Loss),
            BitsPerByte = figures.BitsPerByte,
            TokenCount = figures.Tokens,
            ByteCount = figures.Bytes,
            Precision = figures.Model.Base.Precision.ToString().ToLowerInvariant(),
            ResolvedName = figures.Model.Source.Name,
        };
    }

    public override async Task<GenerateResponse> Generate(GenerateRequest request, ServerCallContext context)
    {
        var streamed = GenerationMessages.ToStreamed(request);
        RequestChecks.Check(streamed);
        using var stop = lifetime.LinkCall(context);
        using var generation = await generations.StartAsync(
            GenerationMessages.ToRequest(streamed, Connection(context)), stop.Token);
        var echo = request.Sampling?.Echo == true;
        var texts = new StringBuilder[generation.Count];
        var response = new GenerateResponse();
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = new StringBuilder(echo ? generation.Prompt : "");
            response.Choices.Add(new Choice
            {
                Seed = generation.Seed(i),
                TokenIds = { echo ? generation.PromptIds : [] },
            });
        }

        await foreach (var update in generation.ReadAsync(stop.Token))
        {
            var choice = response.Choices[update.Index];
            texts[update.Index].Append(update.Text);
            if (update.TokenId is { } id)
                choice.TokenIds.Add(id);
            if (update.Scores is { } scores)
                choice.Logprobs.Add(GenerationMessages.ToMessage(scores, generation.Model.Tokenizer));
            if (update.End is { } end)
                choice.FinishReason = GenerationMessages.ToMessage(end);
        }

        for (var i = 0; i < texts.Length; i++)
            response.Choices[i].Text = texts[i].ToString();
        var first = response.Choices[0];
        (response.Text, response.FinishReason, response.Seed) = (first.Text, first.FinishReason, first.Seed);
        response.TokenIds.AddRange(first.TokenIds);
        response.PromptLogprobs.AddRange(GenerationMessages.PromptScores(generation));
        response.Usage = GenerationMessages.ToUsage(generation);
        return response;
    }

    public override async Task StreamGenerate(
        StreamGenerateRequest request,
        IServerStreamWriter<StreamGenerateResponse> responseStream,
        ServerCallContext context)
    {
        RequestChecks.Check(request);
        using var stop = lifetime.LinkCall(context);
        using var generation = await generations.StartAsync(
            GenerationMessages.ToRequest(request, Connection(context)), stop.Token);
        var begun = new bool[generation.Count];
        var ended = 0;
        await foreach (var update in generation.ReadAsync(stop.Token))
        {
            var message = new StreamGenerateResponse { Index = update.Index };
            if (!begun[update.Index])
                Begin(message, generation, request.Sampling?.Echo == true);
            begun[update.Index] = true;
            message.Text += update.Text;
            if (update.TokenId is { } id)
                message.TokenIds.Add(id);
            if (update.Scores is { } scores)
                message.Logprobs.Add(GenerationMessages.ToMessage(scores, generation.Model.Tokenizer));
            if (update.End is { } end)
            {
                message.FinishReason = GenerationMessages.ToMessage(end);
                message.Seed = generation.Seed(update.Index);
                if (++ended == generation.Count)
                    message.Usage = GenerationMessages.ToUsage(generation);
            }

            await responseStream.WriteAsync(message, stop.Token);
        }
    }

    private static void Begin(StreamGenerateResponse message, TextGeneration generation, bool echo)
    {
        if (message.Index == 0)
            message.PromptLogprobs.AddRange(GenerationMessages.PromptScores(generation));
        if (!echo)
            return;
        message.Text = generation.Prompt;
        message.TokenIds.AddRange(generation.PromptIds);
    }

    private static string Connection(ServerCallContext context) => context.GetHttpContext().Connection.Id;

    private static Model ToMessage(ModelSnapshot snapshot) => new()
    {
        Name = snapshot.Reference,
        ResolvedName = snapshot.Model.Source.Name,
        BaseModel = snapshot.Model.Source.Base?.Name ?? "",
        ParameterCount = snapshot.Model.ParameterCount,
        MemoryBytes = snapshot.Model.MemoryBytes,
        ContextLength = snapshot.Model.ContextLength,
        VocabularySize = snapshot.Model.Tokenizer.VocabularySize,
        Device = snapshot.Model.Device,
        LoadTime = snapshot.LoadTime.ToTimestamp(),
        LastUseTime = snapshot.LastUseTime.ToTimestamp(),
        Precision = snapshot.Model.Base.Precision.ToString().ToLowerInvariant(),
        Slots = snapshot.Model.Base.Slots.Count,
    };
}

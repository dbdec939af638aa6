using System.Text.Json;
using Platform.InferenceHost.Generation;
using Platform.InferenceHost.Grpc;
using Platform.InferenceHost.Models;

namespace Platform.InferenceHost.OpenAi;

/// <summary>Answers <c>/v1/completions</c> and <c>/v1/chat/completions</c>.</summary>
internal sealed partial class CompletionHandler(
    ModelRegistry models,
    TextGenerationFactory generations,
    ChatTemplates templates,
    BodyMemory bodies,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<CompletionHandler> logger)
{
    /// <summary>Answers a call; every error in OpenAI's shape.</summary>
    public async Task HandleAsync(HttpContext context, CompletionKind kind)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            using var reader = await RequestReader.OpenAsync(context.Request, bodies, stop.Token);
            await AnswerAsync(context, CompletionCall.Read(reader, kind), kind, stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && stop.IsCancellationRequested)
        {
            // Nobody reads the answer any more.
        }
        catch (Exception e)
        {
            await RefuseAsync(context, e);
        }
    }

    private async Task AnswerAsync(
        HttpContext context, CompletionCall call, CompletionKind kind, CancellationToken cancellationToken)
    {
        var started = new List<TextGeneration>();
        try
        {
            foreach (var request in call.Requests)
            {
                var wanted = GenerationMessages.ToRequest(request, context.Connection.Id) with
                {
                    PromptField = "prompt",
                    MaxTokensField = "max_tokens",
                };
                if (kind == CompletionKind.Chat)
                    wanted = await RenderAsync(wanted, call.Messages, cancellationToken);
                started.Add(await generations.StartAsync(wanted, cancellationToken));
            }

            var writer = new CompletionWriter(
                kind, call.Requests[0].Model, call.Requests[0].Sampling, time.GetUtcNow(), started);
            if (call.Stream)
                await StreamAsync(context.Response, writer, started, call.IncludeUsage, cancellationToken);
            else
                await WriteAsync(context.Response, writer, started, cancellationToken);
        }
        finally
        {
            foreach (var generation in started)
                generation.Dispose();
        }
    }

    private async Task<GenerationRequest> RenderAsync(
        GenerationRequest request, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        using var lease = await models.AcquireAsync(
            new ModelRequest(request.Model) { Adapter = request.Adapter }, cancellationToken);
        var (prompt, stops) = templates.Render(lease.Model, messages);
        return request with { Prompt = prompt, Stops = [.. request.Stops, .. stops], PromptField = "messages" };
    }

    private static async Task WriteAsync(
        HttpResponse response,
        CompletionWriter writer,
        List<TextGeneration> started,
        CancellationToken cancellationToken)
    {
        for (var i = 0; i < started.Count; i++)
        {
            await foreach (var update in started[i].ReadAsync(cancellationToken))
                writer.Add(i, update);
        }

        await response.WriteAsJsonAsync(writer.Whole(), OpenAiJson.Options, cancellationToken);
    }

    // The texts of several prompts one after another: their tokens come at the same time, and wait here.
    private static async Task StreamAsync(
        HttpResponse response,
        CompletionWriter writer,
        List<TextGeneration> started,
        bool includeUsage,
        CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        for (var i = 0; i < started.Count; i++)
        {
            await foreach (var update in started[i].ReadAsync(cancellationToken))
                await EventAsync(response, writer.Part(i, update, includeUsage), cancellationToken);
        }

        if (includeUsage)
            await EventAsync(response, writer.UsageAlone(), cancellationToken);
        await response.WriteAsync("data: [DONE]\n\n", cancellationToken);
    }

    private static async Task EventAsync(HttpResponse response, object part, CancellationToken cancellationToken)
    {
        await response.WriteAsync(
            $"data: {JsonSerializer.Serialize(part, OpenAiJson.Options)}\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    private async Task RefuseAsync(HttpContext context, Exception exception)
    {
        if (OpenAiErrors.TryTranslate(exception) is not var (status, error))
        {
            var id = Guid.NewGuid().ToString("N")[..12];
            LogUnforeseen(exception, id, context.Request.Path);
            (status, error) = (StatusCodes.Status500InternalServerError, OpenAiErrors.Unforeseen(id));
        }

        if (context.Response.HasStarted)
        {
            await EventAsync(context.Response, new { Error = error }, context.RequestAborted);
            return;
        }

        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(new { Error = error }, OpenAiJson.Options, context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Error {Id} in {Path}.")]
    private partial void LogUnforeseen(Exception error, string id, string path);
}

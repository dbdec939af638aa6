using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Platform.Contracts.Inference.V1;

namespace Platform.Cli.Commands;

/// <summary><c>platform generate</c></summary>
internal static class GenerateCommand
{
    public static void AddTo(Command root)
    {
        var model = new Argument<string>("MODEL") { Description = "runs/ID, runs/ID@STEP, runs/ID@best or path:FOLDER." };
        var prompt = new Option<string>("--prompt", "-p") { Description = "What the text follows.", DefaultValueFactory = _ => string.Empty };
        var maxTokens = new Option<int?>("--max-tokens") { Description = "New tokens at most." };
        var temperature = new Option<double?>("--temperature") { Description = "0: always the likeliest token." };
        var topK = new Option<int?>("--top-k") { Description = "Choose among the likeliest so many." };
        var topP = new Option<double?>("--top-p") { Description = "Choose among the likeliest that reach this share." };
        var seed = new Option<long?>("--seed") { Description = "The same seed gives the same text." };
        var stop = new Option<string[]>("--stop") { Description = "End before this text; may be given often." };
        root.AddVerb(
            "generate",
            "Stream a text from a model.",
            [model, prompt, maxTokens, temperature, topK, topP, seed, stop],
            async (context, cancellationToken) =>
            {
                var sampling = new SamplingParameters { Stop = { context.Get(stop) ?? [] } };
                if (context.Get(maxTokens) is { } count)
                    sampling.MaxTokens = count;
                if (context.Get(temperature) is { } heat)
                    sampling.Temperature = heat;
                if (context.Get(topK) is { } k)
                    sampling.TopK = k;
                if (context.Get(topP) is { } p)
                    sampling.TopP = p;
                if (context.Get(seed) is { } number)
                    sampling.Seed = number;
                var request = new StreamGenerateRequest
                {
                    Model = Ask.Full("runs", context.Get(model)),
                    Prompt = context.Get(prompt) ?? string.Empty,
                    Sampling = sampling,
                };
                await StreamAsync(context, request, cancellationToken);
                return ExitCodes.Ok;
            });
    }

    /// <summary>Prints a stream as it comes, and what it took on standard error.</summary>
    /// <returns>The last message, with the usage, and the whole text.</returns>
    public static async Task<(StreamGenerateResponse Last, string Text)> StreamAsync(
        CommandContext context, StreamGenerateRequest request, CancellationToken cancellationToken)
    {
        var last = new StreamGenerateResponse();
        var text = new System.Text.StringBuilder();
        if (!context.Output.IsJson)
            context.Output.Write(request.Prompt);
        using var call = context.Clients.Inference.StreamGenerate(request, cancellationToken: cancellationToken);
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (context.Output.IsJson)
                context.Output.WriteJson(response);
            else
                context.Output.Write(response.Text);
            text.Append(response.Text);
            last = response;
        }

        if (!context.Output.IsJson)
        {
            context.Output.WriteLine(string.Empty);
            if (last.Usage is { } usage)
            {
                await Console.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"[{usage.CompletionTokens} tokens, first after {usage.FirstTokenSeconds:F2} s, {usage.TokensPerSecond:F0} tokens/s, {last.FinishReason}, seed {last.Seed}]"));
            }
        }

        return (last, text.ToString());
    }
}

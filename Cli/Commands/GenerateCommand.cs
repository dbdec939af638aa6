using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform generate</c></summary>
internal static class GenerateCommand
{
    public static void AddTo(Command root)
    {
        var model = new Argument<string>("MODEL")
        {
            Description = "runs/ID, runs/ID@STEP, runs/ID@best, path:FOLDER or hf:REPOSITORY.",
        };
        var prompt = new Option<string>("--prompt", "-p")
        {
            Description = "What the text follows.",
            DefaultValueFactory = _ => string.Empty,
        };
        var maxTokens = new Option<int?>("--max-tokens") { Description = "New tokens at most." };
        var temperature = new Option<double?>("--temperature") { Description = "0: always the likeliest token." };
        var topK = new Option<int?>("--top-k") { Description = "Choose among the likeliest so many." };
        var topP = new Option<double?>("--top-p") { Description = "Choose among the likeliest that reach this share." };
        var seed = new Option<long?>("--seed") { Description = "The same seed gives the same text." };
        var stop = new Option<string[]>("--stop") { Description = "End before this text; may be given often." };
        var minP = new Option<double?>("--min-p")
        {
            Description = "Only tokens this share as likely as the likeliest.",
        };
        var repetition = new Option<double?>("--repetition-penalty")
        {
            Description = "Above 1: what was said is less likely.",
        };
        var presence = new Option<double?>("--presence-penalty")
        {
            Description = "-2 to 2: off the scores of what was generated.",
        };
        var frequency = new Option<double?>("--frequency-penalty")
        {
            Description = "-2 to 2: the same, for each time.",
        };
        var bias = new Option<string[]>("--logit-bias") { Description = "ID=BIAS, -100 to 100; may be given often." };
        var stopId = new Option<int[]>("--stop-id") { Description = "End before this token; may be given often." };
        var count = new Option<int?>("--n") { Description = "So many texts, 1 to 16, with the seeds that follow." };
        var logprobs = new Option<int?>("--logprobs")
        {
            Description = "Each token's log-probability and so many likeliest, 0 to 20.",
        };
        var promptLogprobs = new Option<bool>("--prompt-logprobs") { Description = "The prompt's too." };
        var ignoreEnd = new Option<bool>("--ignore-end") { Description = "Go on after the end of text." };
        var adapter = new Option<string?>("--adapter")
        {
            Description = "An adapter on top of the model: runs/ID, path:FOLDER or hf:REPOSITORY.",
        };
        var priority = new Option<int?>("--priority")
        {
            Description = "Higher ones leave the queue first; -100 to 100.",
        };
        root.AddVerb(
            "generate",
            "Stream a text from a model.",
            [
                model, prompt, maxTokens, temperature, topK, topP, minP, repetition, presence, frequency, bias, seed,
                stop, stopId, count, logprobs, promptLogprobs, ignoreEnd, adapter, priority,
            ],
            async (context, cancellationToken) =>
            {
                var sampling = new SamplingParameters
                {
                    Stop = { context.Get(stop) ?? [] },
                    StopIds = { context.Get(stopId) ?? [] },
                    PresencePenalty = context.Get(presence) ?? 0,
                    FrequencyPenalty = context.Get(frequency) ?? 0,
                    PromptLogprobs = context.Get(promptLogprobs),
                    IgnoreEndOfText = context.Get(ignoreEnd),
                };
                foreach (var pair in context.Get(bias) ?? [])
                {
                    var (id, value) = Bias(pair);
                    sampling.LogitBias[id] = value;
                }

                if (context.Get(minP) is { } least)
                    sampling.MinP = least;
                if (context.Get(repetition) is { } repeated)
                    sampling.RepetitionPenalty = repeated;
                if (context.Get(count) is { } texts)
                    sampling.N = texts;
                if (context.Get(logprobs) is { } top)
                    sampling.Logprobs = top;
                if (context.Get(maxTokens) is { } most)
                    sampling.MaxTokens = most;
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
                    Adapter = context.Get(adapter) is { } name ? Ask.Full("runs", name) : string.Empty,
                    Priority = context.Get(priority) ?? 0,
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
        var further = new SortedDictionary<int, string>();
        var scores = new List<TokenLogprob>();
        if (!context.Output.IsJson)
            context.Output.Write(request.Prompt);
        using var call = context.Clients.Inference.StreamGenerate(request, cancellationToken: cancellationToken);
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            last = response;
            if (response.Index == 0)
                text.Append(response.Text);
            else
                further[response.Index] = further.GetValueOrDefault(response.Index) + response.Text;
            if (context.Output.IsJson)
                context.Output.WriteJson(response);
            else if (response.Index == 0)
                context.Output.Write(response.Text);
            scores.AddRange(response.PromptLogprobs.Concat(response.Logprobs));
        }

        if (!context.Output.IsJson)
        {
            foreach (var (index, other) in further)
                context.Output.WriteLine($"\n--- text {index + 1}\n{request.Prompt}{other}");
            WriteScores(context, scores);
        }

        if (!context.Output.IsJson)
        {
            context.Output.WriteLine(string.Empty);
            if (last.Usage is { } usage)
            {
                await Console.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"[{usage.CompletionTokens} tokens, first after {usage.FirstTokenSeconds:F2} s, "
                    + $"{usage.TokensPerSecond:F0} tokens/s, {last.FinishReason}, seed {last.Seed}]"));
            }
        }

        return (last, text.ToString());
    }

    private static void WriteScores(CommandContext context, List<TokenLogprob> scores)
    {
        if (scores.Count == 0)
            return;
        context.Output.WriteLine(string.Empty);
        foreach (var score in scores)
        {
            var top = score.Top.Select(one => $"{Name(one.Token)} {Number(one.Logprob)}");
            var own = score.HasLogprob ? Number(score.Logprob) : "-";
            context.Output.WriteLine($"{Name(score.Token),-16} {own,8}  {string.Join("  ", top)}");
        }

        static string Name(Google.Protobuf.ByteString token) =>
            System.Text.Json.JsonSerializer.Serialize(token.ToStringUtf8());
        static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
    }

    private static (int Id, double Bias) Bias(string pair)
    {
        var parts = pair.Split('=', 2);
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && double.TryParse(parts[1], CultureInfo.InvariantCulture, out var bias)
            ? (id, bias)
            : throw new SpecException($"--logit-bias wants ID=BIAS, not '{pair}'.");
    }
}

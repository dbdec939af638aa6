using System.CommandLine;
using System.Globalization;
using Platform.Cli.Output;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Specs;
using Spectre.Console;

namespace Platform.Cli.Commands;

/// <summary><c>platform tokenizer compare</c>, <c>vocab-study</c> and <c>untrained</c>.</summary>
internal static class TokenizerStudyCommands
{
    private const int DefaultWidth = 768;

    public static void AddTo(Command command)
    {
        AddCompare(command);
        AddStudy(command);
        AddUntrained(command);
    }

    private static void AddCompare(Command command)
    {
        var names = new Argument<string[]>("NAMES")
        {
            Description = "Two or more tokenizers: tokenizers/ID, or the ID alone.",
            Arity = ArgumentArity.OneOrMore,
        };
        var texts = Texts();
        command.AddVerb("compare", "Compare how tokenizers cut the same texts.", [names, texts],
            async (context, cancellationToken) =>
            {
                var request = new CompareTokenizersRequest();
                request.Tokenizers.AddRange(context.Get(names).Select(name => Ask.Full("tokenizers", name)));
                request.Texts.AddRange(await LocalTexts.ReadAsync(context.Get(texts) ?? [], cancellationToken));
                var response = await context.Clients.Tokenizers.CompareTokenizersAsync(
                    request, cancellationToken: cancellationToken);
                context.Output.WriteTable(
                    response.Figures,
                    ("TEXT", f => f.Text),
                    ("TOKENIZER", f => f.Tokenizer["tokenizers/".Length..]),
                    ("TOKENS", f => f.Problem.Length > 0 ? f.Problem : Figures.Count(f.TokenCount)),
                    ("BYTES", f => Figures.Count(f.TextBytes)),
                    ("CHARACTERS", f => Figures.Count(f.CharacterCount)),
                    ("BYTES/TOKEN", f => Ratio(f.BytesPerToken)),
                    ("CHARS/TOKEN", f => Ratio(f.CharactersPerToken)),
                    ("WORDS", f => Figures.Count(f.WordCount)),
                    ("WHOLE WORDS", f => Share(f.WholeWordShare)));
                return ExitCodes.Ok;
            });
    }

    private static void AddStudy(Command command)
    {
        var name = Ask.Name("tokenizers");
        var text = Texts();
        var sizes = new Option<int[]>("--size")
        {
            Description = "A vocabulary size; may be given often (default: doublings from 512 to the tokenizer's own).",
        };
        var width = new Option<int>("--n-embd")
        {
            Description = $"Width of the model that the embedding is a part of (default {DefaultWidth}).",
            DefaultValueFactory = _ => DefaultWidth,
        };
        command.AddVerb(
            "vocab-study",
            "Vocabulary size against bytes a token and embedding parameters.",
            [name, text, sizes, width],
            async (context, cancellationToken) =>
            {
                var read = await LocalTexts.ReadAsync(context.Get(text) ?? [], cancellationToken);
                if (read is not [var only])
                    throw new SpecException("Name one text by --text.");
                var request = new StudyVocabularyRequest
                {
                    Tokenizer = Ask.Full("tokenizers", context.Get(name)),
                    Text = only,
                    NEmbd = context.Get(width),
                };
                request.VocabularySizes.AddRange(context.Get(sizes) ?? []);
                var response = await context.Clients.Tokenizers.StudyVocabularyAsync(
                    request, cancellationToken: cancellationToken);
                context.Output.WriteTable(
                    response.Points,
                    ("VOCABULARY", p => Figures.Count(p.VocabularySize)),
                    ("TOKENS", p => Figures.Count(p.TokenCount)),
                    ("BYTES/TOKEN", p => Ratio(p.BytesPerToken)),
                    ("WHOLE WORDS", p => Share(p.WholeWordShare)),
                    ("NOT IN THE TEXT", p => Figures.Count(p.UnusedTokenCount)),
                    ("EMBEDDING PARAMETERS", p => Figures.Count(p.EmbeddingParameterCount)));
                if (!context.Output.IsJson)
                    Draw(context.Output.Console, response.Points);
                return ExitCodes.Ok;
            });
    }

    private static void AddUntrained(Command command)
    {
        var model = new Option<string>("--model")
        {
            Description = "runs/ID, runs/ID@STEP, runs/ID@best or path:FOLDER.",
            Required = true,
        };
        var count = new Option<int>("--count") { Description = "Tokens to show (default 20)." };
        command.AddVerb(
            "untrained",
            "Tokens that a model's training hardly ever touched, by the norms of their embeddings.",
            [model, count],
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Vocabularies.FindUntrainedTokensAsync(
                    new FindUntrainedTokensRequest
                    {
                        Model = Ask.Full("runs", context.Get(model)!),
                        Count = context.Get(count),
                    },
                    cancellationToken: cancellationToken);
                context.Output.WriteLine(
                    $"{Figures.Count(response.TokenCount)} tokens; their norms are {Ratio(response.MeanNorm)} ± "
                    + $"{Ratio(response.NormStandardDeviation)}. The shortest:");
                context.Output.WriteTable(
                    response.Tokens,
                    ("ID", t => $"{t.Id}"),
                    ("TOKEN", t => Printable.Bytes(t.Bytes.Span)),
                    ("NORM", t => Ratio(t.Norm)),
                    ("Z", t => Ratio(t.ZScore)),
                    ("TO THE MEAN", t => Ratio(t.MeanDistance)));
                return ExitCodes.Ok;
            });
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<VocabularyPoint> points)
    {
        DrawBars(console, "Bytes a token", points, point => Math.Round(point.BytesPerToken, 2));
        DrawBars(console, "Embedding parameters, millions", points, point =>
            Math.Round(point.EmbeddingParameterCount / 1e6, 2));
    }

    private static void DrawBars(
        IAnsiConsole console, string title, IReadOnlyList<VocabularyPoint> points, Func<VocabularyPoint, double> value)
    {
        var chart = new BarChart().Width(80).Label(title).LeftAlignLabel();
        foreach (var point in points)
            chart.AddItem(Figures.Count(point.VocabularySize), value(point), Color.Blue);
        console.WriteLine();
        console.Write(chart);
    }

    private static Option<string[]> Texts() => new("--text", "-t")
    {
        Description = "A text: a file here, or datasets/ID, uploads/ID, path:/on/the/server; may be given often.",
        AllowMultipleArgumentsPerToken = true,
        Required = true,
    };

    private static string Ratio(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("P1", CultureInfo.InvariantCulture);
}

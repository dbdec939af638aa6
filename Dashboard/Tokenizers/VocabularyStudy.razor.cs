using Microsoft.AspNetCore.Components;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tokenizers;

/// <summary>Vocabulary size against bytes a token and embedding parameters, as a table and as charts.</summary>
public sealed partial class VocabularyStudy(TokenizersClient tokenizers, DatasetsClient datasets)
{
    private IReadOnlyList<string> _sources = [];
    private IReadOnlyList<VocabularyPoint>? _points;
    private CallFailure? _refusal;
    private string _chosen = "";
    private string _input = "";
    private string _text = "";
    private string _width = "";
    private string _problem = "";
    private bool _busy;

    /// <summary>Those to choose from.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Tokenizer> Tokenizers { get; set; } = [];

    // Characters have no merges to leave out.
    private IReadOnlyList<KeyValuePair<string, string>> Options =>
    [
        .. Tokenizers.Where(t => t.MergeCount > 0)
            .Select(t => new KeyValuePair<string, string>(t.Name, Format.Title(t.DisplayName, t.Name))),
    ];

    private string Chosen =>
        Options.Any(o => o.Key == _chosen) ? _chosen : Options.Select(o => o.Key).FirstOrDefault("");

    /// <summary>The points as the study's two charts.</summary>
    /// <param name="points">By rising size.</param>
    public static IReadOnlyList<SweepFigure> Figures(IReadOnlyList<VocabularyPoint> points) =>
    [
        Figure(points, "bytes-per-token", "Bytes a token", p => p.BytesPerToken),
        Figure(points, "embedding-parameters", "Embedding parameters, millions", p => p.EmbeddingParameterCount / 1e6),
    ];

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _sources = await datasets.ListDocumentsAsync(CancellationToken.None);
    }

    private static SweepFigure Figure(
        IReadOnlyList<VocabularyPoint> points, string key, string title, Func<VocabularyPoint, double> value)
    {
        var figure = new SweepFigure
        {
            Key = key,
            Title = title,
            Kind = FigureKind.Bars,
            XTitle = "vocabulary size",
            Series = { new FigureSeries { Name = title, Y = { points.Select(value) } } },
        };
        figure.Categories.AddRange(points.Select(p => Format.Count(p.VocabularySize)));
        return figure;
    }

    private string? Problem(string field) => FieldReader.Problem(_refusal, field);

    private async Task StudyAsync()
    {
        var reader = new FieldReader();
        var request = new StudyVocabularyRequest
        {
            Tokenizer = Chosen,
            Text = _input.Trim() is { Length: > 0 } input
                ? new ComparisonText { Input = input }
                : new ComparisonText { Text = _text },
            NEmbd = reader.Small("n_embd", _width) ?? 0,
        };
        (_refusal, _problem) = (reader.Failure, "");
        if (_input.Trim().Length == 0 && _text.Trim().Length == 0)
            _problem = "Name a source or give a text: sizes are compared by how they cut it.";
        if (_refusal is not null || _problem.Length > 0)
            return;
        _busy = true;
        (_points, _refusal) = await tokenizers.StudyAsync(request, CancellationToken.None);
        _busy = false;
        if (_refusal is { } failure)
            _problem = $"{failure.Message} {failure.Advice}".Trim();
    }
}

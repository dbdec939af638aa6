using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tokenizers;

/// <summary>The form that starts a tokenizer's training.</summary>
public sealed partial class TrainTokenizer(TokenizersClient tokenizers, DatasetsClient datasets)
{
    private static readonly KeyValuePair<string, string>[] s_algorithms =
        [new("bpe", "byte pairs"), new("character", "characters")];

    private static readonly KeyValuePair<string, string>[] s_patterns =
    [
        new("gpt2", "gpt2"), new("cl100k", "cl100k"), new("o200k", "o200k"),
        new(TokenizerForm.OwnPattern, "an expression of mine"),
    ];

    private readonly TokenizerForm _form = new();
    private IReadOnlyList<string> _sources = [];
    private CallFailure? _refusal;
    private string _id = "";
    private string _problem = "";
    private bool _busy;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _sources = await datasets.ListDocumentsAsync(CancellationToken.None);
    }

    private string? Problem(string field) => FieldReader.Problem(_refusal, field);

    private async Task StartAsync()
    {
        var reader = new FieldReader();
        var spec = _form.ToSpec(reader);
        (_refusal, _problem) = (reader.Failure, "");
        if (_refusal is not null)
            return;

        _busy = true;
        var request = new CreateTokenizerRequest
        {
            TokenizerId = _id.Trim(),
            Spec = spec,
            RequestId = Guid.NewGuid().ToString("N"),
        };
        (_, _refusal) = await tokenizers.CreateAsync(request, CancellationToken.None);
        _busy = false;
        if (_refusal is { } failure)
            _problem = $"{failure.Message} {failure.Advice}".Trim();
    }
}

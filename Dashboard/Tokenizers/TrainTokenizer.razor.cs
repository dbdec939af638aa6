using System.Globalization;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Tokenizers;

/// <summary>The form that starts a tokenizer's training.</summary>
public sealed partial class TrainTokenizer(TokenizersClient tokenizers, DatasetsClient datasets)
{
    private static readonly KeyValuePair<string, string>[] _algorithms =
        [new("bpe", "byte pairs"), new("character", "characters")];

    private static readonly KeyValuePair<string, string>[] _patterns =
        [new("gpt2", "gpt2"), new("cl100k", "cl100k"), new("o200k", "o200k")];

    private IReadOnlyList<string> _sources = [];
    private CallFailure? _refusal;
    private string _inputs = "";
    private string _algorithm = "bpe";
    private string _vocabulary = "";
    private string _pattern = "gpt2";
    private string _id = "";
    private string _problem = "";
    private bool _busy;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var (list, _) = await datasets.ListAsync(CancellationToken.None);
        _sources =
        [
            .. (list ?? []).Where(d => d.State is State.Succeeded && d.Spec?.Kind is DatasetKind.Documents).Select(d => d.Name),
        ];
    }

    private string? Problem(string field) =>
        _refusal?.Fields.FirstOrDefault(f => f.Path == field || f.Path == "spec." + field || IsElement(f.Path, field))?.Message;

    private static bool IsElement(string path, string field) =>
        path.StartsWith($"spec.{field}[", StringComparison.Ordinal);

    private async Task StartAsync()
    {
        (_refusal, _problem) = (null, "");
        var size = 0;
        var digits = _vocabulary.Replace(",", "", StringComparison.Ordinal).Trim();
        if (digits.Length > 0 && !int.TryParse(digits, CultureInfo.InvariantCulture, out size))
        {
            _refusal = new(FailureKind.Invalid, "", "", [new("vocabulary_size", "A whole number is wanted.")]);
            return;
        }

        _busy = true;
        var spec = new TokenizerSpec
        {
            VocabularySize = size,
            Pattern = _pattern,
            Algorithm = _algorithm is "character" ? Algorithm.Character : Algorithm.BytePair,
        };
        spec.Inputs.AddRange(
            _inputs.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var request = new CreateTokenizerRequest
        {
            TokenizerId = _id.Trim(),
            Spec = spec,
            RequestId = Guid.NewGuid().ToString("N"),
        };
        var (created, failure) = await tokenizers.CreateAsync(request, CancellationToken.None);
        _busy = false;
        if (created is not null)
            return;

        _refusal = failure;
        _problem = $"{failure!.Message} {failure.Advice}".Trim();
    }
}

using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Tokenizers;

/// <summary>The form that imports a tokenizer.</summary>
public sealed partial class ImportTokenizer(TokenizersClient tokenizers)
{
    private const string InputsHelp = "hf:repository, path:… or uploads/…, with commas between them: "
        + "tokenizer.json, vocab.json and merges.txt, .tiktoken, .gguf.";

    private CallFailure? _refusal;
    private string _inputs = "";
    private string _pattern = "";
    private string _id = "";
    private string _problem = "";
    private bool _busy;

    private string? Problem(string field) => _refusal?.Fields.FirstOrDefault(f =>
        f.Path == field || f.Path == "spec.import." + field
        || f.Path.StartsWith($"spec.import.{field}[", StringComparison.Ordinal))?.Message;

    private async Task StartAsync()
    {
        (_refusal, _problem, _busy) = (null, "", true);
        var import = new TokenizerImport { Pattern = _pattern.Trim() };
        import.Inputs.AddRange(
            _inputs.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var request = new CreateTokenizerRequest
        {
            TokenizerId = _id.Trim(),
            Spec = new TokenizerSpec { Import = import },
            RequestId = Guid.NewGuid().ToString("N"),
        };
        (_, _refusal) = await tokenizers.CreateAsync(request, CancellationToken.None);
        _busy = false;
        if (_refusal is not null)
            _problem = $"{_refusal.Message} {_refusal.Advice}".Trim();
    }
}

using Microsoft.AspNetCore.Components.Forms;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Datasets;

/// <summary>The form that makes a data set from a file, from what the server has, from the catalog or from the bundled
/// corpus.</summary>
public sealed partial class PrepareDataset(DatasetsClient datasets, TokenizersClient tokenizers)
{
    /// <summary>Bytes of a file that a browser may send; larger ones are sent by the command line.</summary>
    private const long MostUploadBytes = 4L << 30;

    private static readonly KeyValuePair<string, string>[] s_sources =
    [
        new(DatasetForm.OwnFile, "a file of mine"), new("input", "a data set or path"),
        new("catalog", "a known data set"), new("bundled", "the bundled corpus"),
    ];

    private static readonly KeyValuePair<string, string>[] s_kinds =
    [
        new("tokens", "tokens"), new("instructions", "tokens of instructions"),
        new("shards", "tokens, from shards made elsewhere"), new("documents", "documents"),
        new("items", "items to grade"),
    ];

    private static readonly KeyValuePair<string, string>[] s_forms =
    [
        new("stories", "stories"), new("endings", "stories with four endings"), new("reviews", "reviews with a label"),
        new("instructions", "instructions with responses"),
    ];

    private static readonly KeyValuePair<string, string>[] s_rules =
    [
        new("type", "as the file's type says"), new("file", "a file"), new("line", "a line"), new("record", "a record"),
        new("mark", "what <|endoftext|> divides"),
    ];

    private static readonly KeyValuePair<string, string>[] s_packings =
        [new("packed", "packed"), new("padded", "padded rows")];

    private static readonly KeyValuePair<string, string>[] s_formats =
        [new("llmc", "llm.c's .bin"), new("npy", "build-nanogpt's .npy"), new("raw", "nanoGPT's .bin")];

    private static readonly string[] s_templates = ["alpaca", "alpaca-litgpt", "alpaca-llamafactory"];

    private readonly DatasetForm _form = new();
    private IReadOnlyList<Tokenizer> _tokenizers = [];
    private IReadOnlyList<CatalogEntry> _catalog = [];
    private IReadOnlyList<string> _documents = [];
    private IBrowserFile? _file;
    private CallFailure? _refusal;
    private string? _upload;
    private string _id = "";
    private string _problem = "";
    private long? _sent;
    private bool _busy;

    private IReadOnlyList<KeyValuePair<string, string>> TokenizerOptions =>
        [.. _tokenizers.Select(t => new KeyValuePair<string, string>(t.Name, Format.Title(t.DisplayName, t.Name)))];

    private IReadOnlyList<KeyValuePair<string, string>> CatalogOptions =>
        [.. _catalog.Select(e => new KeyValuePair<string, string>(e.Name, e.Name))];

    private string KnownHelp => _catalog.FirstOrDefault(e => e.Name == _form.Known) is { } known
        ? $"{known.Description} {known.License}"
        : "Downloaded from its home.";

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var (found, _) = await tokenizers.ListAsync(CancellationToken.None);
        _tokenizers = [.. (found ?? []).Where(t => t.State is State.Succeeded)];
        _form.Tokenizer = _tokenizers.Select(t => t.Name).FirstOrDefault("");
        _documents = await datasets.ListDocumentsAsync(CancellationToken.None);
        var (catalog, _) = await datasets.ListCatalogAsync(CancellationToken.None);
        _catalog = catalog ?? [];
        _form.Known = _catalog.Select(e => e.Name).FirstOrDefault("");
    }

    private void Choose(InputFileChangeEventArgs change)
    {
        _file = change.File;
        _upload = $"{_file.Name}, {Format.Bytes(_file.Size)}";
    }

    private string? Problem(string field) => FieldReader.Problem(_refusal, field);

    private async Task StartAsync()
    {
        var reader = new FieldReader();
        var spec = _form.ToSpec(reader);
        (_refusal, _problem, _sent) = (reader.Failure, "", null);
        if (_refusal is not null)
            return;
        _busy = true;
        try
        {
            if (_form.Source is DatasetForm.OwnFile)
            {
                if (await UploadAsync() is not { } upload)
                    return;
                spec.Inputs.Add(upload);
            }

            var request = new CreateDatasetRequest
            {
                DatasetId = _id.Trim(),
                Spec = spec,
                RequestId = Guid.NewGuid().ToString("N"),
            };
            var (_, failure) = await datasets.CreateAsync(request, CancellationToken.None);
            Refuse(failure);
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task<string?> UploadAsync()
    {
        if (_file is null)
        {
            _problem = "Choose a file first.";
            return null;
        }

        await using var content = _file.OpenReadStream(MostUploadBytes);
        var (upload, failure) = await datasets.UploadAsync(
            _file.Name,
            _file.Size,
            content,
            sent =>
            {
                _sent = sent;
                StateHasChanged();
            },
            CancellationToken.None);
        Refuse(failure);
        return upload?.Name;
    }

    private void Refuse(CallFailure? failure)
    {
        _refusal = failure;
        _problem = failure is null ? "" : $"{failure.Message} {failure.Advice}".Trim();
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Components.Forms;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Datasets;

/// <summary>The form that makes a data set from a file, from what the server has, or from the bundled corpus.</summary>
public sealed partial class PrepareDataset(DatasetsClient datasets, TokenizersClient tokenizers)
{
    /// <summary>Bytes of a file that a browser may send; larger ones are sent by the command line.</summary>
    private const long MostUploadBytes = 4L << 30;

    private static readonly KeyValuePair<string, string>[] _sources =
        [new("file", "a file of mine"), new("input", "a data set or path"), new("bundled", "the bundled corpus")];

    private static readonly KeyValuePair<string, string>[] _kinds =
        [new("tokens", "tokens"), new("documents", "documents"), new("items", "items to grade")];

    private static readonly KeyValuePair<string, string>[] _forms =
    [
        new("stories", "stories"), new("endings", "stories with four endings"), new("reviews", "reviews with a label"),
        new("instructions", "instructions with responses"),
    ];

    private IReadOnlyList<Tokenizer> _tokenizers = [];
    private IReadOnlyList<string> _documents = [];
    private IBrowserFile? _file;
    private CallFailure? _refusal;
    private string? _upload;
    private string _source = "file";
    private string _kind = "tokens";
    private string _form = "stories";
    private string _input = "";
    private string _tokenizer = "";
    private string _share = "";
    private string _size = "";
    private string _seed = "";
    private string _id = "";
    private string _problem = "";
    private long? _sent;
    private bool _busy;

    private IReadOnlyList<KeyValuePair<string, string>> TokenizerOptions =>
        [.. _tokenizers.Select(t => new KeyValuePair<string, string>(t.Name, Format.Title(t.DisplayName, t.Name)))];

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var (found, _) = await tokenizers.ListAsync(CancellationToken.None);
        _tokenizers = [.. (found ?? []).Where(t => t.State is State.Succeeded)];
        _tokenizer = _tokenizers.Count > 0 ? _tokenizers[0].Name : "";
        var (list, _) = await datasets.ListAsync(CancellationToken.None);
        _documents =
        [
            .. (list ?? []).Where(d => d.State is State.Succeeded && d.Spec?.Kind is DatasetKind.Documents).Select(d => d.Name),
        ];
    }

    private void Choose(InputFileChangeEventArgs change)
    {
        _file = change.File;
        _upload = $"{_file.Name}, {Format.Bytes(_file.Size)}";
    }

    private string? Problem(string field) =>
        _refusal?.Fields.FirstOrDefault(f => f.Path == field || f.Path == "spec." + field
            || f.Path.StartsWith($"spec.{field}[", StringComparison.Ordinal))?.Message;

    private async Task StartAsync()
    {
        (_refusal, _problem, _sent) = (null, "", null);
        _busy = true;
        try
        {
            var spec = Spec();
            if (_refusal is not null)
                return;
            if (_source is "file" && await UploadAsync() is { } upload)
                spec.Inputs.Add(upload);
            else if (_source is "file")
                return;
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

    private DatasetSpec Spec()
    {
        var spec = new DatasetSpec
        {
            Kind = _kind switch
            {
                "tokens" => DatasetKind.Tokens,
                "items" => DatasetKind.Items,
                _ => DatasetKind.Documents,
            },
        };
        if (_kind is "tokens")
        {
            spec.Tokenizer = _tokenizer;
            if (Number("validation_share", _share) is { } share)
                spec.ValidationShare = share;
        }

        if (_source is "input")
            spec.Inputs.Add(_input.Trim());
        else if (_source is "bundled")
            spec.Bundled = Bundled();
        return spec;
    }

    private BundledCorpus Bundled()
    {
        var bundled = new BundledCorpus
        {
            Form = _form switch
            {
                "endings" => CorpusForm.Endings,
                "reviews" => CorpusForm.Reviews,
                "instructions" => CorpusForm.Instructions,
                _ => CorpusForm.Stories,
            },
            Seed = (long)(Number("bundled.seed", _seed) ?? 0),
        };
        var size = Number("bundled.size_bytes", _size) ?? 0;
        if (_form is "stories")
            bundled.SizeBytes = (long)size;
        else
            bundled.ItemCount = (int)size;
        return bundled;
    }

    private double? Number(string field, string text)
    {
        var digits = text.Replace(",", "", StringComparison.Ordinal).Trim();
        if (digits.Length == 0)
            return null;
        if (double.TryParse(digits, CultureInfo.InvariantCulture, out var value))
            return value;
        _refusal = new(FailureKind.Invalid, "", "", [new(field, "A number is wanted.")]);
        return null;
    }

    private void Refuse(CallFailure? failure)
    {
        _refusal = failure;
        _problem = failure is null ? "" : $"{failure.Message} {failure.Advice}".Trim();
    }
}

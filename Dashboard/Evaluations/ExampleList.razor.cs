using Microsoft.AspNetCore.Components;
using Platform.Contracts.Eval.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Evaluations;

/// <summary>Graded items by page, with the right and the wrong ones apart.</summary>
public sealed partial class ExampleList(EvaluationsClient evaluations) : IDisposable
{
    private const int PageSize = 20;

    private static readonly (string Key, string Name)[] _filters =
        [("", "all"), ("right", "right"), ("wrong", "wrong")];

    private static readonly KeyValuePair<string, string>[] _orders =
        [new("", "as they came"), new("margin", "least sure first"), new("margin desc", "surest first")];

    private readonly CancellationTokenSource _closing = new();
    private readonly Dictionary<int, string> _tokens = [];
    private IReadOnlyList<Example>? _examples;
    private CallFailure? _failure;
    private (string, string, string, string, int) _shown;
    private int _graded = -1;
    private int _total;
    private bool _reading;

    /// <summary>The evaluation's name.</summary>
    [Parameter, EditorRequired]
    public string Evaluation { get; set; } = "";

    /// <summary>Items graded so far; more of them are read again.</summary>
    [Parameter]
    public int Graded { get; set; }

    /// <summary>right, wrong, or empty for both.</summary>
    [Parameter]
    public string Only { get; set; } = "";

    /// <summary>Is told which are wanted.</summary>
    [Parameter]
    public EventCallback<string> OnlyChanged { get; set; }

    /// <summary>Words to find.</summary>
    [Parameter]
    public string Text { get; set; } = "";

    /// <summary>Is told the words.</summary>
    [Parameter]
    public EventCallback<string> TextChanged { get; set; }

    /// <summary>How they are ordered; empty: as they came.</summary>
    [Parameter]
    public string Order { get; set; } = "";

    /// <summary>Is told the order.</summary>
    [Parameter]
    public EventCallback<string> OrderChanged { get; set; }

    /// <summary>The page, from 1.</summary>
    [Parameter]
    public int Page { get; set; } = 1;

    /// <summary>Is told the page.</summary>
    [Parameter]
    public EventCallback<int> PageChanged { get; set; }

    /// <summary>The index of the item that is open; null: none.</summary>
    [Parameter]
    public int? Item { get; set; }

    /// <summary>Is told the item.</summary>
    [Parameter]
    public EventCallback<int?> ItemChanged { get; set; }

    private string Filter => string.Join(
        ' ', new[] { Only switch { "right" => "correct:true", "wrong" => "correct:false", _ => "" }, Text.Trim() }
            .Where(w => w.Length > 0));

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        var wanted = (Evaluation, Only, Text, Order, Page);
        if (wanted == _shown && (Graded == _graded || _reading))
            return;
        if (wanted != _shown)
            _tokens.Clear();
        (_shown, _graded) = (wanted, Graded);
        _reading = true;
        await ReadAsync(wanted);
        _reading = false;
    }

    // Page tokens are opaque, so a page deep in is reached over those before it.
    private async Task ReadAsync((string, string, string, string, int) wanted)
    {
        for (var page = 1; ; page++)
        {
            if (page < Page && _tokens.ContainsKey(page + 1))
                continue;
            var request = new ListExamplesRequest
            {
                Evaluation = Evaluation,
                Filter = Filter,
                OrderBy = Order,
                PageSize = PageSize,
                PageToken = page == 1 ? "" : _tokens[page],
            };
            var (answer, failure) = await evaluations.ListExamplesAsync(request, _closing.Token);
            if (wanted != _shown || _closing.IsCancellationRequested)
                return;
            _failure = failure;
            if (answer is null)
                return;
            _tokens[page + 1] = answer.NextPageToken;
            if (page < Page && answer.NextPageToken.Length > 0)
                continue;
            (_examples, _total) = (answer.Examples, answer.TotalSize);
            return;
        }
    }
}

using Microsoft.AspNetCore.Components;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tokenizers;

/// <summary>Shows how a tokenizer cuts what is typed.</summary>
public sealed partial class TokenPlayground(TokenizersClient tokenizers, TimeProvider time) : IDisposable
{
    private const int MostCharacters = 20_000;
    private const string Example = "Once upon a time there was a tokenizer. 1,234.5 naïve 👩‍🚀 weren't lost.";
    private static readonly TimeSpan _typingPause = TimeSpan.FromMilliseconds(200);
    private readonly CancellationTokenSource _closing = new();
    private IReadOnlyList<ComparisonFigures> _figures = [];
    private EncodedText? _first;
    private EncodedText? _second;
    private CallFailure? _failure;
    private string _text = Example;
    private string _encodedText = "";
    private string _firstName = "";
    private string _secondName = "";
    private (string, string?)? _encodedWith;
    private bool _allowSpecial;
    private int _edits;

    /// <summary>The tokenizers that can encode.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Tokenizer> Tokenizers { get; set; } = [];

    /// <summary>The chosen one's name; empty: the first.</summary>
    [Parameter]
    public string Tokenizer { get; set; } = "";

    /// <summary>Is told which was chosen.</summary>
    [Parameter]
    public EventCallback<string> TokenizerChanged { get; set; }

    /// <summary>The name of the one to compare with; empty: none.</summary>
    [Parameter]
    public string Other { get; set; } = "";

    /// <summary>Is told which was chosen to compare with.</summary>
    [Parameter]
    public EventCallback<string> OtherChanged { get; set; }

    private string Chosen => Tokenizers.Any(t => t.Name == Tokenizer) ? Tokenizer : Tokenizers[0].Name;

    private IReadOnlyList<KeyValuePair<string, string>> Options =>
    [
        .. Tokenizers.Select(t => new KeyValuePair<string, string>(
            t.Name, $"{Format.Title(t.DisplayName, t.Name)} ({Format.Count(t.VocabularySize)})")),
    ];

    private string? ChosenOther => Tokenizers.Any(t => t.Name == Other) ? Other : null;

    private IReadOnlyList<KeyValuePair<string, string>> OtherOptions => [new("", "none"), .. Options];

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
    }

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync() =>
        _encodedWith == (Chosen, ChosenOther) ? Task.CompletedTask : EncodeAsync();

    private Task ChooseAsync(string name) => TokenizerChanged.InvokeAsync(name);

    private Task ChooseOtherAsync(string name) => OtherChanged.InvokeAsync(name);

    private Task ToggleSpecialAsync()
    {
        _allowSpecial = !_allowSpecial;
        return EncodeAsync();
    }

    private async Task TypeAsync(string text)
    {
        _text = text.Length <= MostCharacters ? text : text[..MostCharacters];
        var edit = ++_edits;
        await Task.Delay(_typingPause, time, CancellationToken.None);
        if (edit == _edits && !_closing.IsCancellationRequested)
            await EncodeAsync();
    }

    private async Task EncodeAsync()
    {
        var (edit, text, chosen, other) = (++_edits, _text, Chosen, ChosenOther);
        _encodedWith = (chosen, other);
        var (first, failure) = await tokenizers.EncodeAsync(chosen, text, _allowSpecial, _closing.Token);
        EncodedText? second = null;
        IReadOnlyList<ComparisonFigures> figures = [];
        if (other is not null && failure is null)
        {
            (second, failure) = await tokenizers.EncodeAsync(other, text, _allowSpecial, _closing.Token);
            if (failure is null)
                (figures, failure) = Or(await tokenizers.CompareAsync([chosen, other], text, _closing.Token), figures);
        }

        if (edit != _edits || _closing.IsCancellationRequested)
            return;
        _failure = failure;
        if (first is null)
            return;
        (_first, _second, _figures, _encodedText) = (first, second, figures, text);
        (_firstName, _secondName) = (chosen, other ?? "");
    }

    private static (T, CallFailure?) Or<T>(Outcome<T> outcome, T otherwise)
        where T : class
    {
        var (value, failure) = outcome;
        return (value ?? otherwise, failure);
    }
}

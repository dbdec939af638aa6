using Microsoft.AspNetCore.Components;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tokenizers;

/// <summary>Shows how a tokenizer cuts what is typed.</summary>
public sealed partial class TokenPlayground(TokenizersClient tokenizers, TimeProvider time) : IDisposable
{
    private const int MostCharacters = 20_000;
    private const int MostSegments = 4_000;
    private const string Example = "Once upon a time there was a tokenizer. 1,234.5 naïve 👩‍🚀 weren't lost.";
    private static readonly TimeSpan _typingPause = TimeSpan.FromMilliseconds(200);
    private readonly CancellationTokenSource _closing = new();
    private IReadOnlyList<Segment> _segments = [];
    private IReadOnlyList<int> _ids = [];
    private CallFailure? _failure;
    private string _text = Example;
    private string? _encodedWith;
    private bool _allowSpecial;
    private int _tokenCount;
    private long _textBytes;
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

    private string Chosen => Tokenizers.Any(t => t.Name == Tokenizer) ? Tokenizer : Tokenizers[0].Name;

    private IReadOnlyList<KeyValuePair<string, string>> Options =>
    [
        .. Tokenizers.Select(t => new KeyValuePair<string, string>(
            t.Name, $"{Format.Title(t.DisplayName, t.Name)} ({Format.Count(t.VocabularySize)})")),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
    }

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync() => _encodedWith == Chosen ? Task.CompletedTask : EncodeAsync();

    private Task ChooseAsync(string name) => TokenizerChanged.InvokeAsync(name);

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
        var (edit, text) = (++_edits, _text);
        _encodedWith = Chosen;
        var (encoded, failure) = await tokenizers.EncodeAsync(Chosen, text, _allowSpecial, _closing.Token);
        if (edit != _edits || _closing.IsCancellationRequested)
            return;
        _failure = failure;
        if (encoded is null)
            return;
        _segments = Segment.Divide(text, encoded.Pieces);
        (_ids, _tokenCount, _textBytes) = (encoded.Ids, encoded.Ids.Count, encoded.TextBytes);
    }
}

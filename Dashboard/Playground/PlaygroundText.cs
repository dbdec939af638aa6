using Platform.Contracts.Inference.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Playground;

/// <summary>One generation as the page shows it.</summary>
internal sealed class PlaygroundText
{
    private readonly List<PlaygroundPiece> _pieces = [];
    private readonly List<TokenLogprob> _scores = [];
    private int _shown;
    private StreamGenerateResponse? _last;
    private KeptText? _kept;
    private int _tokens;

    /// <summary>Its model.</summary>
    public string Model { get; init; } = "";

    /// <summary>What it follows.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What came, in order.</summary>
    public IReadOnlyList<PlaygroundPiece> Pieces => _pieces;

    /// <summary>How likely each token was, in order.</summary>
    public IReadOnlyList<TokenLogprob> Scores => _scores;

    /// <summary>The whole text.</summary>
    public string Text => string.Concat(_pieces.Select(piece => piece.Text));

    /// <summary>Whether more may come.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>When it ended.</summary>
    public DateTime Ended { get; private set; }

    /// <summary>Why it broke; null where it did not.</summary>
    public CallFailure? Refusal { get; private set; }

    /// <summary>How it goes or went.</summary>
    public string Outcome
    {
        get
        {
            if (_kept is not null)
                return _kept.Outcome;
            if (IsRunning)
                return _tokens == 0 ? "Waiting for the first token…" : $"{Format.Count(_tokens)} tokens so far";
            if (Refusal is { Kind: FailureKind.Cancelled })
                return $"Stopped by you after {Format.Count(_tokens)} tokens";
            if (_last is null)
                return "";
            var reason = _last.FinishReason switch
            {
                FinishReason.Length => "Ended at the number of new tokens",
                FinishReason.Stop => "Ended by itself or at a stop text",
                _ => "Ended",
            };
            var usage = _last.Usage ?? new();
            var words = $"{reason} · {Format.Count(usage.CompletionTokens)} tokens"
                + $" · {Format.Rate(usage.TokensPerSecond)}"
                + $" · first token after {Format.Duration(usage.FirstTokenSeconds)} · seed {_last.Seed}";
            return usage.LoadSeconds > 0 ? $"{words} · loaded in {Format.Duration(usage.LoadSeconds)}" : words;
        }
    }

    /// <summary>
    /// The first place at which another text has another token, whatever its number in that vocabulary.
    /// </summary>
    /// <param name="other">The other text; null: none.</param>
    public int PartingFrom(PlaygroundText? other) => other is null
        ? int.MaxValue
        : _scores.Zip(other._scores).TakeWhile(pair => pair.First.Token.Equals(pair.Second.Token)).Count();

    /// <summary>It begins.</summary>
    public void Begin() => IsRunning = true;

    /// <summary>It ended, or was refused.</summary>
    /// <param name="refusal">Why it was refused or broke; null: it ended.</param>
    /// <param name="now">When.</param>
    public void End(CallFailure? refusal, DateTime now) => (IsRunning, Refusal, Ended) = (false, refusal, now);

    /// <summary>As the browser keeps it.</summary>
    /// <param name="longest">Characters of prompt and of text that are kept at most.</param>
    public KeptText ToKept(int longest) => new(Model, Cut(Prompt, longest), Cut(Text, longest), Outcome, Ended);

    /// <summary>One that the browser kept.</summary>
    public static PlaygroundText Of(KeptText kept)
    {
        var text = new PlaygroundText { Model = kept.Model, Prompt = kept.Prompt, Ended = kept.Ended, _kept = kept };
        text._pieces.Add(new(kept.Text, [], 0));
        return text;
    }

    /// <summary>Takes a part; tokens that make no whole character yet wait for the next.</summary>
    public void Receive(StreamGenerateResponse part)
    {
        _tokens += part.TokenIds.Count;
        _scores.AddRange(part.Logprobs);
        if (part.Text.Length > 0)
        {
            _pieces.Add(new(part.Text, _scores[_shown..], _shown));
            _shown = _scores.Count;
        }

        if (part.Usage is not null)
            _last = part;
    }

    // Not between the halves of a character.
    private static string Cut(string text, int longest) => text.Length <= longest
        ? text
        : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)] + "…";
}

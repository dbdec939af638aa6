using System.Text;
using Platform.InferenceHost.Generation;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.InferenceHost.OpenAi;

/// <summary>One text with its tokens' scores, whole or since the last part of a stream.</summary>
/// <param name="generation">Where it comes from.</param>
/// <param name="echo">Whether the prompt stands in front.</param>
/// <param name="logprobs">Whether scores are wanted.</param>
internal sealed class ChoiceText(TextGeneration generation, bool echo, bool logprobs)
{
    private readonly TextTokenizer _tokenizer = generation.Model.Tokenizer;
    private readonly StringBuilder _text = new();
    private readonly List<(int Id, TokenScores? Scores, int Offset)> _tokens = [];
    private int _length = echo ? 0 : generation.Prompt.Length;
    private bool _begun;

    /// <summary>Whether nothing has come yet.</summary>
    public bool IsEmpty => !_begun;

    /// <summary>The text.</summary>
    public string Text => _text.ToString();

    /// <summary>stop or length; null before the end.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>Takes an update; with the first one comes the prompt, where it is wanted.</summary>
    public void Add(GenerationUpdate update)
    {
        if (!_begun && echo)
            AddPrompt();
        _begun = true;
        if (update.TokenId is { } id && logprobs)
            _tokens.Add((id, update.Scores, _length));
        Append(update.Text);
        FinishReason = update.End switch
        {
            GenerationEnd.Stop => "stop",
            GenerationEnd.Length => "length",
            _ => null,
        };
    }

    /// <summary>Forgets what was said: the next part begins.</summary>
    public void Take()
    {
        _text.Clear();
        _tokens.Clear();
    }

    /// <summary>The scores as a text completion has them; null where they were not asked for.</summary>
    public object? TextLogprobs() => !logprobs ? null : new
    {
        Tokens = _tokens.Select(token => Name(token.Id)),
        TokenLogprobs = _tokens.Select(token => token.Scores?.Token.LogProbability),
        TopLogprobs = _tokens.Select(token => token.Scores is { } scores ? Top(scores) : null),
        TextOffset = _tokens.Select(token => token.Offset),
    };

    /// <summary>The scores as a chat has them; null where they were not asked for.</summary>
    public object? ChatLogprobs() => !logprobs ? null : new
    {
        Content = _tokens.Where(token => token.Scores is not null).Select(token => new
        {
            Token = Name(token.Id),
            Logprob = token.Scores!.Token.LogProbability,
            Bytes = Bytes(token.Id),
            TopLogprobs = token.Scores.Top.Select(top => new
            {
                Token = Name(top.Id),
                Logprob = top.LogProbability,
                Bytes = Bytes(top.Id),
            }),
        }),
        Refusal = (object?)null,
    };

    private void AddPrompt()
    {
        if (logprobs)
        {
            var (offset, decoder) = (0, _tokenizer.CreateStreamDecoder());
            foreach (var (i, id) in generation.PromptIds.Index())
            {
                _tokens.Add((id, generation.PromptScores.ElementAtOrDefault(i), offset));
                offset += decoder.Append(id).Length;
            }
        }

        Append(generation.Prompt);
    }

    private void Append(string text)
    {
        _text.Append(text);
        _length += text.Length;
    }

    // The token itself is always among them, whether it is one of the likeliest or not.
    private Dictionary<string, double> Top(TokenScores scores)
    {
        var top = new Dictionary<string, double>();
        foreach (var score in scores.Top.Append(scores.Token))
            top.TryAdd(Name(score.Id), score.LogProbability);
        return top;
    }

    // As OpenAI's: bytes that are no text are named one by one.
    private string Name(int id)
    {
        var bytes = _tokenizer.TokenBytes(id);
        return System.Text.Unicode.Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes)
            : "bytes:" + string.Concat(bytes.ToArray().Select(value => $"\\x{value:x2}"));
    }

    private int[] Bytes(int id) => [.. _tokenizer.TokenBytes(id).ToArray().Select(value => (int)value)];
}

using System.Security.Cryptography;
using System.Text;
using Platform.Evals;
using Platform.Tokenization;

namespace Platform.Evaluation.Tests;

public class PromptEncoderTests
{
    private static readonly TextTokenizer s_tokenizer = TinyModels.Bpe();

    [Fact]
    public void Encode_Apart_TokenisesBothByThemselves()
    {
        var prompt = TextPrompt.Of("The boy", [" runs", " sleeps on"], ContinuationEncoding.Apart);

        var rows = new PromptEncoder(s_tokenizer, 64).Encode(prompt);

        Assert.Equal([.. s_tokenizer.Encode("The boy"), .. s_tokenizer.Encode(" sleeps on")], rows[1].Tokens);
        Assert.Equal(s_tokenizer.Encode("The boy").Length, rows[1].ScoreFrom);
        Assert.False(rows[1].Truncated);
    }

    [Fact]
    public void Encode_Together_MovesTrailingSpacesToTheContinuation()
    {
        var prompt = TextPrompt.Of("The boy  ", [" runs"], ContinuationEncoding.Together);

        var row = Assert.Single(new PromptEncoder(s_tokenizer, 64).Encode(prompt));

        Assert.Equal(s_tokenizer.Encode("The boy   runs"), row.Tokens);
        Assert.Equal(s_tokenizer.Encode("The boy").Length, row.ScoreFrom);
    }

    [Fact]
    public void Encode_ContextTooLong_IsCutFromTheLeft()
    {
        var context = string.Concat(Enumerable.Repeat("The boy runs. ", 20)).TrimEnd();
        var prompt = TextPrompt.Of(context, [" A", " The old tree"], ContinuationEncoding.Apart);

        var rows = new PromptEncoder(s_tokenizer, 16).Encode(prompt);

        // The last token is predicted only, so the model's 16 inputs leave room for 17 tokens.
        Assert.All(rows, row => Assert.Equal(17, row.Tokens.Length));
        Assert.All(rows, row => Assert.True(row.Truncated));
        Assert.Equal(s_tokenizer.Encode(" The old tree"), rows[1].Tokens[rows[1].ScoreFrom..]);
        Assert.Equal(s_tokenizer.Encode(context)[^rows[1].ScoreFrom..], rows[1].Tokens[..rows[1].ScoreFrom]);
    }

    [Fact]
    public void Encode_EmptyContext_BeginsWithTheEndOfText()
    {
        var prompt = TextPrompt.Of("", [" runs"], ContinuationEncoding.Together);

        var row = Assert.Single(new PromptEncoder(s_tokenizer, 64).Encode(prompt));

        Assert.Equal(s_tokenizer.EndOfText, row.Tokens[0]);
        Assert.Equal(1, row.ScoreFrom);
    }

    [Theory]
    [InlineData("x", "", "has no tokens")]
    [InlineData("x", " The boy runs to the red house and on and on and on and on", "the model takes 8")]
    public void Encode_ContinuationThatCannotBeScored_IsRefused(string context, string continuation, string reason)
    {
        var prompt = TextPrompt.Of(context, [continuation], ContinuationEncoding.Apart);

        var error = Assert.Throws<UnscorableException>(() => new PromptEncoder(s_tokenizer, 8).Encode(prompt));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", " runs", "no end of text")]
    [InlineData("The €", " runs", "'€'")]
    public void Encode_Characters_NamesWhatTheTokenizerLacks(string context, string continuation, string reason)
    {
        var encoder = new PromptEncoder(TinyModels.Characters(), 64);
        var prompt = TextPrompt.Of(context, [continuation], ContinuationEncoding.Apart);

        var error = Assert.Throws<UnscorableException>(() => encoder.Encode(prompt));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_RealItemsWithGpt2_SplitsAsThePythonReference()
    {
        // The sums are of the token splits of 2800 endings by a Python BPE over the same files.
        var items = HellaSwagFile.Read(SharedData.Require("hellaswag/hellaswag_val_orig_700.jsonl"));
        var gpt2 = TokenizerFiles.Load(SharedData.Require("gpt2-bpe"));
        var encoder = new PromptEncoder(gpt2, 1024);
        var rendered = items.Select(entry => HellaSwagTask.Render(entry.Item!)).ToList();

        Assert.Equal(
            "9ad61b86ec153a9800116b687ec5d5f99e9bf101eff91d455aff4de5dda26805",
            Sum(rendered.SelectMany(item => encoder.Encode(item.Plain!))));
        Assert.Equal(
            "962ab9483437f700d1a76cfe230c862d44781777ad3dad8e28dc0064bc18f50b",
            Sum(rendered.SelectMany(item => encoder.Encode(item.Harness!))));
    }

    private static string Sum(IEnumerable<EncodedContinuation> rows)
    {
        var text = string.Join('\n', rows.Select(row =>
            string.Join(' ', row.Tokens[..row.ScoreFrom]) + "|" + string.Join(' ', row.Tokens[row.ScoreFrom..])));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}

using System.Security.Cryptography;
using System.Text;
using Platform.Evals;

namespace Platform.Evaluation.Tests;

public class HellaSwagRenderingTests
{
    private static readonly HellaSwagItem s_item = new(
        0, "Roof shingle removal",
        "[header] How to  remove a roof [title] Look up. [step] a man  is sitting",
        "[header] How to  remove a roof [title] Look up. [step]", "a Man is sitting",
        ["on [a] ladder. ", " is   using wrap."], 1);

    [Fact]
    public void RenderPlain_Item_TakesTextsAsTheyAre()
    {
        var prompt = HellaSwagTask.RenderPlain(s_item);

        Assert.All(prompt.Rows, row => Assert.Equal(s_item.Context, row.Context));
        Assert.Equal([" on [a] ladder. ", "  is   using wrap."], prompt.Rows.Select(row => row.Continuation));
        Assert.Equal(ContinuationEncoding.Apart, prompt.Encoding);
    }

    [Fact]
    public void RenderHarness_Item_NamesActivityAndCleans()
    {
        var prompt = HellaSwagTask.RenderHarness(s_item);

        // Brackets leave double spaces behind, which are halved once; " [title]" becomes ". ".
        Assert.All(prompt.Rows, row => Assert.Equal(
            "Roof shingle removal: How to remove a roof. Look up. A man is sitting", row.Context));
        Assert.Equal([" on ladder.", " is  using wrap."], prompt.Rows.Select(row => row.Continuation));
        Assert.Equal(ContinuationEncoding.Together, prompt.Encoding);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("he IS", "He is")]
    [InlineData("École ÉTÉ", "École été")]
    [InlineData("éTÉ", "Été")]
    [InlineData("[Step] X", "[step] x")]
    public void Capitalize_Text_FollowsPython(string text, string expected) =>
        Assert.Equal(expected, PythonText.Capitalize(text));

    [Theory]
    [InlineData("a   b", "a  b")]
    [InlineData("a    b", "a  b")]
    [InlineData("\x1f a [b] c\u00a0", "a c")]
    [InlineData("a [b\nc] d", "a [b\nc] d")]
    [InlineData("x [title] y", "x. y")]
    [InlineData("x [title]  y", "x.  y")]
    public void Preprocess_Text_FollowsTheHarness(string text, string expected) =>
        Assert.Equal(expected, HellaSwagTask.Preprocess(text));

    [Fact]
    public void Render_RealItems_EqualsPythonsRendering()
    {
        // The sums are of what a Python rendering of the two definitions (str.capitalize, re.sub) gave.
        var path = SharedData.Require("hellaswag/hellaswag_val_orig_700.jsonl");
        var items = HellaSwagFile.Read(path).Select(entry => entry.Item!).ToList();

        Assert.Equal(700, items.Count);
        Assert.Equal(
            "205ed205373f2fbf87367d735c3765a73efeabd77173f6869d525caaf6c57f1f",
            Sum(items.Select(HellaSwagTask.RenderPlain)));
        Assert.Equal(
            "b00eb0d6d8cf3c5e449730fa2456eb84a69d177e871ded9dd0a23c41a2ff70b8",
            Sum(items.Select(HellaSwagTask.RenderHarness)));
    }

    private static string Sum(IEnumerable<TextPrompt> prompts)
    {
        var rows = prompts.Select(
            p => string.Join('\x1f', [p.Rows[0].Context, .. p.Rows.Select(row => row.Continuation)]));
        var text = string.Join('\n', rows);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}

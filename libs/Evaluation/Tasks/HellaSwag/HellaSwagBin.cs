using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Platform.Tokenization;

namespace Platform.Evals;

/// <summary>
/// llm.c's evaluation file: a header of 256 int32 (magic 20240522, version 1, examples, bytes of the longest), then
/// examples in uint16: 65535, bytes, index, label, endings, context length, context, and of each ending its length and
/// tokens. It holds tokens of build-nanogpt's rendering and no activity, so only that definition can be scored.
/// </summary>
public static class HellaSwagBin
{
    private const int Magic = 20240522;
    private const int HeaderBytes = 256 * sizeof(int);
    private const ushort Start = 65535;

    /// <summary>Whether a file begins as one.</summary>
    public static bool IsOne(string path)
    {
        using var stream = File.OpenRead(path);
        var head = new byte[sizeof(int)];
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && BinaryPrimitives.ReadInt32LittleEndian(head) == Magic;
    }

    /// <summary>All examples in order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tokenizer">The model's; examples in another one's tokens are bad entries.</param>
    public static IEnumerable<TaskEntry> Read(string path, TextTokenizer tokenizer)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeaderBytes)
        {
            yield return new TaskEntry(0, null, "item 0: the file ends within its header");
            yield break;
        }

        var header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, HeaderBytes));
        var (version, count) = (header[1], header[2]);
        if (version != 1)
        {
            yield return new TaskEntry(0, null, Invariant($"item 0: the file's version is {version}, not 1"));
            yield break;
        }

        var at = HeaderBytes;
        for (var index = 0; index < count; index++)
        {
            var example = Example(bytes, ref at);
            if (example is null)
            {
                yield return new TaskEntry(
                    index, null, Invariant($"item {index}: no whole example at byte {at}; the rest is not read"));
                yield break;
            }

            yield return Entry(index, example, tokenizer);
        }
    }

    // Null where there is none; the place then stays.
    private static ushort[]? Example(byte[] bytes, ref int at)
    {
        if (at + 4 > bytes.Length || BitConverter.ToUInt16(bytes, at) != Start)
            return null;
        var length = BitConverter.ToUInt16(bytes, at + 2);
        if (length < 12 || length % 2 != 0 || at + length > bytes.Length)
            return null;
        var example = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan(at, length)).ToArray();
        at += length;
        return example;
    }

    private static TaskEntry Entry(int index, ushort[] example, TextTokenizer tokenizer)
    {
        try
        {
            return new TaskEntry(index, Parse(index, example, tokenizer), null);
        }
        catch (FormatException e)
        {
            return new TaskEntry(index, null, Invariant($"item {index}: {e.Message}"));
        }
    }

    private static EvaluationItem Parse(int index, ushort[] example, TextTokenizer tokenizer)
    {
        var (label, endingCount) = (example[3], example[4]);
        var at = 5;
        var context = Take(example, ref at);
        var endings = Enumerable.Range(0, endingCount).Select(_ => Take(example, ref at)).ToList();
        if (endings.Count < 2)
            throw new FormatException(endings.Count == 0 ? "no endings" : "only one ending");
        if (label >= endings.Count)
        {
            throw new FormatException(
                Invariant($"the label {label} is out of range: there are {endings.Count} endings"));
        }

        var texts = endings.Select(ending => Text(ending, tokenizer).TrimStart(' ')).ToList();
        return new EvaluationItem(index, "", Text(context, tokenizer), texts, label)
        {
            Plain = new TokenPrompt([.. endings.Select(ending => new TokenRow(context, ending))]),
        };
    }

    private static int[] Take(ushort[] example, ref int at)
    {
        if (at >= example.Length || at + 1 + example[at] > example.Length)
            throw new FormatException("it ends before its tokens do");
        var tokens = Array.ConvertAll(example[(at + 1)..(at + 1 + example[at])], id => (int)id);
        at += 1 + tokens.Length;
        return tokens;
    }

    // Tokens of another tokenizer stand for another text, which this one would cut otherwise.
    private static string Text(int[] tokens, TextTokenizer tokenizer)
    {
        if (!tokens.All(tokenizer.IsToken)
            || !tokenizer.Encode(tokenizer.DecodeBytes(tokens)).AsSpan().SequenceEqual(tokens))
            throw new FormatException("its tokens are not of the model's tokenizer");
        return tokenizer.Decode(tokens);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

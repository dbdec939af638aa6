using System.Text;
using System.Text.Json;

namespace Platform.Tokenization.Tests;

/// <summary>Writes GGUF files (version 3) that hold a vocabulary and no tensors.</summary>
internal static class TestGguf
{
    private const string EndOfText = "<|endoftext|>";

    /// <summary>GPT-2's vocabulary from its own files, with a padded id at the end.</summary>
    public static void Write(string path, string gpt2Folder)
    {
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(
            File.ReadAllBytes(Path.Combine(gpt2Folder, "encoder.json")))!;
        var merges = File.ReadLines(Path.Combine(gpt2Folder, "vocab.bpe")).Skip(1).Where(line => line.Length > 0);
        WriteSmall(path, [.. ids.OrderBy(token => token.Value).Select(token => token.Key)], [.. merges], "gpt-2");
    }

    public static void WriteSmall(string path, string[] tokens, string[] merges, string pretokenizer)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(0ul);
        writer.Write(7ul);
        Key("general.architecture", 8);
        Text("gpt2");
        Key("gpt2.attention.layer_norm_epsilon", 6);
        writer.Write(1e-5f);
        Key("tokenizer.ggml.model", 8);
        Text("gpt2");
        Key("tokenizer.ggml.pre", 8);
        Text(pretokenizer);
        // Padding, as models have it whose vocabulary is rounded up: type 5, unused.
        Key("tokenizer.ggml.tokens", 9);
        Array(8, [.. tokens, "[PAD0]"], Text);
        Key("tokenizer.ggml.token_type", 9);
        Array(5, [.. tokens.Select(token => token == EndOfText ? 3 : 1), 5], writer.Write);
        Key("tokenizer.ggml.merges", 9);
        Array(8, merges, Text);

        void Key(string name, uint type)
        {
            Text(name);
            writer.Write(type);
        }

        void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            writer.Write((ulong)bytes.Length);
            writer.Write(bytes);
        }

        void Array<T>(uint type, T[] items, Action<T> write)
        {
            writer.Write(type);
            writer.Write((ulong)items.Length);
            foreach (var item in items)
                write(item);
        }
    }
}

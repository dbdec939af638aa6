using System.Text;
using Platform.Tokenization.Bpe;
using Platform.Tokenization.Training;

namespace Platform.Tokenization.Tests;

public sealed class TrainingTests
{
    private static readonly TokenizerTrainingOptions s_small = new()
    {
        VocabularySize = 600,
        MinFrequency = 1,
        SpecialTokens = [TestTokenizers.EndOfText],
    };

    [Fact]
    public void Train_ReferenceCorpus_GivesTheReferenceMerges()
    {
        var corpus = File.ReadAllText(SharedData.Require("bpe-training-reference/corpus.en"));
        var expected = File.ReadAllLines(SharedData.Require("bpe-training-reference/train-bpe-reference-merges.txt"));
        var trained = TokenizerTrainer.Train(
            [TextChunk.Document(corpus)], s_small with { VocabularySize = 500, MinFrequency = 2 },
            cancellationToken: TestContext.Current.CancellationToken);

        using var folder = new TempFolder();
        TokenizerFiles.Save(trained.Tokenizer, folder.Path);
        Assert.Equal(243, trained.Merges);
        Assert.Equal(expected, File.ReadLines(folder["merges.txt"]).Skip(1));
        Assert.Equal(500, trained.Tokenizer.VocabularySize);
        Assert.Equal(499, trained.Tokenizer.EndOfText);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    [InlineData(@"\p{L}+|\s|[^\p{L}\s]+")]
    public void Train_AnyPattern_EqualsTheNaiveAlgorithm(string pattern)
    {
        var text = TestTokenizers.RandomText(seed: 5, words: 3000);
        var options = s_small with { Pattern = PretokenizerPattern.Parse(pattern), VocabularySize = 450 };
        var trained = Train([TextChunk.Document(text)], options);

        Assert.Equal(
            NaiveBpe.Train(text, PretokenizerPattern.Parse(pattern).Regex, merges: 450 - 257), Tokens(trained));
    }

    /// <summary>Texts that bring about what is rare: a character's bytes merging with its neighbour's, runs of one
    /// token that lie across characters, invalid bytes beside the same bytes within characters.</summary>
    public static TheoryData<string> Alphabets => new(
        "一丁七万 ", "一丁", "é鍩", "aé一𠀀", "好", "aab", "\u3000\u3000x", "ab \n.", "中丈乢乣伀");

    [Theory]
    [MemberData(nameof(Alphabets))]
    public void Train_RandomText_EqualsTheNaiveAlgorithm(string alphabet)
    {
        var characters = alphabet.EnumerateRunes().ToArray();
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder();
            for (var length = random.Next(3, 150); length > 0; length--)
            {
                for (var again = random.Next(8) == 0 ? random.Next(12) : 1; again > 0; again--)
                    text.Append(characters[random.Next(characters.Length)]);
            }

            var minFrequency = random.Next(1, 4);
            var trained = Train(
                [TextChunk.Document(text.ToString())],
                s_small with { VocabularySize = 330, MinFrequency = minFrequency });
            Assert.Equal(
                NaiveBpe.Train(text.ToString(), PretokenizerPattern.Gpt2.Regex, merges: 330 - 257, minFrequency),
                Tokens(trained));
        }
    }

    /// <summary>Also what no pattern would leave in one word.</summary>
    [Theory]
    [InlineData("41")]
    [InlineData("41 42")]
    [InlineData("80 E4")]
    [InlineData("E4 B8 80")]
    [InlineData("C3 A9")]
    [InlineData("E3 80 80 80")]
    [InlineData("41 C3 A9 A9")]
    [InlineData("F0 9F 98 80 E4")]
    public void Merge_RandomBytes_EqualsTheNaiveAlgorithm(string alphabet)
    {
        var bytes = alphabet.Split(' ').Select(text => Convert.ToByte(text, 16)).ToArray();
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var minFrequency = random.Next(1, 5);
            using var table = new ByteStringTable();
            for (var words = random.Next(1, 12); words > 0; words--)
                table.GetOrAdd(random.GetItems(bytes, random.Next(1, 60)));
            var counts = Enumerable.Range(0, table.Count).Select(_ => (long)random.Next(1, 9)).ToArray();

            var naive = counts.Select((count, word) => (Encoding.Latin1.GetString(table[word]), count));
            var expected = NaiveBpe.Train(naive, merges: 80, minFrequency);
            foreach (var byCharacters in new[] { true, false })
            {
                using var merger = new PairMerger(
                    table, counts, 256 + 80, minFrequency, byCharacters, Threads(1));
                while (merger.Tokens.Count < 256 + 80 && merger.TryMerge(out _, out _))
                {
                }

                Assert.Equal(expected, merger.Tokens.Skip(256).Select(token => Encoding.Latin1.GetString(token)));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Train_AnyNumberOfThreads_GivesTheSame(int threads)
    {
        var documents = Enumerable.Range(0, 200)
            .Select(seed => TextChunk.Document(TestTokenizers.RandomText(seed, 900))).ToList();
        var expected = Train(documents, s_small with { Threads = 3 });

        Assert.Equal(Tokens(expected), Tokens(Train(documents, s_small with { Threads = threads })));
    }

    // Words are laid out, and their bigrams listed, in as many parts as there are threads, if there are words enough.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Merge_ManyWords_GivesTheSameForAnyNumberOfThreads(int threads)
    {
        var random = new Random(3);
        var characters = "abcdefgh é鍩一丁七万中丈乢乣伀𠀀".EnumerateRunes().ToArray();
        using var table = new ByteStringTable();
        while (table.TotalBytes < 8 << 16)
        {
            var word = string.Concat(random.GetItems(characters, random.Next(1, 40)));
            table.GetOrAdd(Encoding.UTF8.GetBytes(word));
        }

        var counts = Enumerable.Range(0, table.Count).Select(_ => (long)Math.Max(1, random.Next(-20, 9))).ToArray();

        Assert.Equal(Merge(1), Merge(threads));

        string[] Merge(int among)
        {
            using var merger = new PairMerger(table, counts, 256 + 600, 2, byCharacters: true, Threads(among));
            while (merger.Tokens.Count < 256 + 600 && merger.TryMerge(out _, out _))
            {
            }

            Assert.Equal(256 + 600, merger.Tokens.Count);
            return [.. merger.Tokens.Skip(256).Select(token => Encoding.Latin1.GetString(token))];
        }
    }

    // Guards against words or special tokens that are cut where a chunk of a file ends.
    [Theory]
    [InlineData("gpt2", 1)]
    [InlineData("cl100k", 7)]
    [InlineData("o200k", 64)]
    [InlineData("o200k", 1000)]
    [InlineData("gpt2", 10_000)]
    [InlineData("cl100k", 6_007)]
    [InlineData(@"\p{L}+|\s|[^\p{L}\s]+", 100)]
    public void Train_DocumentInChunks_EqualsWholeDocument(string pattern, int chunkBytes)
    {
        var text = string.Join(TestTokenizers.EndOfText,
            Enumerable.Range(0, 20).Select(seed => TestTokenizers.RandomText(seed, Math.Max(100, chunkBytes / 6))));
        var bytes = Encoding.UTF8.GetBytes(text);
        var chunks = bytes.Chunk(chunkBytes).Select(chunk => new TextChunk(chunk, EndsDocument: false));
        var options = s_small with { Pattern = PretokenizerPattern.Parse(pattern) };

        var whole = Train([TextChunk.Document(text)], options);
        var inChunks = Train(chunks, options);

        Assert.Equal(Tokens(whole), Tokens(inChunks));
        Assert.Equal(whole.DistinctWords, inChunks.DistinctWords);
        Assert.Equal(bytes.Length, inChunks.BytesCounted);
        Assert.Equal(1, inChunks.Documents);
    }

    [Fact]
    public void Train_BordersOfDocuments_DoNotMerge()
    {
        var trained = Train(
            [TextChunk.Document("ab"), TextChunk.Document("ab"), TextChunk.Document("ab<|endoftext|>ab")],
            s_small with { MinFrequency = 2 });

        // Together "abab" would give a second merge.
        Assert.Equal(["ab"], Tokens(trained));
    }

    [Fact]
    public void Train_MinFrequency_StopsBeforeRarerPairs()
    {
        var trained = Train([TextChunk.Document("xy xy xy zw zw")], s_small with { MinFrequency = 3 });

        Assert.Equal(
            ["xy", " xy"],
            Tokens(Train([TextChunk.Document("xy xy xy xy")], s_small with { MinFrequency = 3 })));
        Assert.Equal(["xy"], Tokens(trained));
    }

    // Guards against rebuilding a word at each merge: quadratic where a sentence is one word.
    [Fact]
    public void Train_OneLongWord_IsNotQuadratic()
    {
        var random = new Random(1);
        var text = new string([.. Enumerable.Range(0, 400_000).Select(_ => (char)('\u4e00' + random.Next(400)))]);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        var trained = TokenizerTrainer.Train(
            [TextChunk.Document(text)], s_small with { VocabularySize = 4000 }, cancellationToken: timeout.Token);

        Assert.Equal(4000 - 257, trained.Merges);
    }

    // Most merges of such a text cross from within one character to within another: then it is begun anew by bytes.
    [Fact]
    public void Train_RandomCharacters_EqualsTheNaiveAlgorithm()
    {
        var random = new Random(2);
        var words = Enumerable.Range(0, 60)
            .Select(_ => new string([.. Enumerable.Range(0, 400).Select(_ => (char)('\u4e00' + random.Next(400)))]))
            .ToList();
        using var table = new ByteStringTable();
        foreach (var word in words)
            table.GetOrAdd(Encoding.UTF8.GetBytes(word));
        var counts = Enumerable.Repeat(1L, words.Count).ToArray();
        using var merger = new PairMerger(table, counts, 1000, 1, byCharacters: true, Threads(1));
        while (merger.Tokens.Count < 256 + 60 && !merger.IsScattered && merger.TryMerge(out _, out _))
        {
        }

        var text = string.Join('\n', words);
        var trained = Train([TextChunk.Document(text)], s_small with { VocabularySize = 256 + 60 + 1 });

        Assert.True(merger.IsScattered);
        Assert.Equal(NaiveBpe.Train(text, PretokenizerPattern.Gpt2.Regex, merges: 60), Tokens(trained));
    }

    [Fact]
    public void Train_FewFrequentPairs_FindsTheRareOnes()
    {
        // The first words say that a pair occurs a thousand times; the last ones are as rare as can be.
        var text = string.Concat(Enumerable.Repeat("common words", 5000)) + " qxjz vkwp";

        var trained = Train([TextChunk.Document(text)], s_small with { VocabularySize = 256 + 24 + 1 });

        Assert.Equal(NaiveBpe.Train(text, PretokenizerPattern.Gpt2.Regex, merges: 24), Tokens(trained));
    }

    [Fact]
    public async Task Train_Cancelled_EndsWithinASecond()
    {
        using var cancellation = new CancellationTokenSource();
        var reading = new TaskCompletionSource();
        var training = Task.Run(() => TokenizerTrainer.Train(Endless(), s_small, null, cancellation.Token));
        await reading.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await cancellation.CancelAsync();

        var ended = training.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ended);

        IEnumerable<TextChunk> Endless()
        {
            for (var seed = 0; ; seed++)
            {
                if (seed == 100)
                    reading.SetResult();
                yield return TextChunk.Document(TestTokenizers.RandomText(seed % 50, 2000));
            }
        }
    }

    [Fact]
    public void Train_Progress_ReportsTheEnd()
    {
        var reports = new List<TokenizerTrainingProgress>();
        var trained = TokenizerTrainer.Train(
            [TextChunk.Document("low lower lowest")], s_small with { VocabularySize = 260 }, new Recorder(reports),
            TestContext.Current.CancellationToken);

        Assert.Equal(new TokenizerTrainingProgress(16, true, 3, 3, 3), reports[^1]);
        Assert.Equal(3, trained.Merges);
    }

    [Fact]
    public void Train_TooManyDistinctWords_SaysWhatToDo()
    {
        var error = Assert.Throws<CorpusTooDiverseException>(() => Train(
            [TextChunk.Document(TestTokenizers.RandomText(1, 1000))], s_small with { MaxDistinctBytes = 50 }));
        Assert.Contains("sample", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_ReaderThrows_ThrowsTheSame()
    {
        Assert.Throws<FileNotFoundException>(() => Train(Broken(), s_small));

        static IEnumerable<TextChunk> Broken()
        {
            yield return TextChunk.Document("a");
            throw new FileNotFoundException("gone");
        }
    }

    [Fact]
    public void Validate_BadOptions_NamesEachOne()
    {
        var options = new TokenizerTrainingOptions
        {
            VocabularySize = 100,
            MinFrequency = 0,
            Threads = -1,
            SpecialTokens = ["<a>", "<a>", ""],
        };

        Assert.Equal(
            ["VocabularySize", "MinFrequency", "Threads", "SpecialTokens", "SpecialTokens"],
            options.Validate().Select(error => error.Option));
        Assert.Throws<ArgumentException>(() => Train([], options));
    }

    [Fact]
    public void Train_EmptyText_GivesBytesAndSpecials()
    {
        var tokenizer = Train([], s_small).Tokenizer;

        Assert.Equal(257, tokenizer.VocabularySize);
        Assert.Equal(256, tokenizer.EndOfText);
        Assert.Equal("é", tokenizer.Decode(tokenizer.Encode("é")));
    }

    [Fact]
    public void Train_FirstIds_AreGpt2sByteOrder()
    {
        var tokenizer = Train([], s_small).Tokenizer;

        Assert.Equal([0, 64, 220, 198], tokenizer.Encode("!a \n"));
    }

    private static TrainedTokenizer Train(IEnumerable<TextChunk> chunks, TokenizerTrainingOptions options) =>
        TokenizerTrainer.Train(chunks, options, cancellationToken: TestContext.Current.CancellationToken);

    private static ParallelOptions Threads(int count) => new()
    {
        MaxDegreeOfParallelism = count,
        CancellationToken = TestContext.Current.CancellationToken,
    };

    /// <summary>The merged tokens in order, a byte a character.</summary>
    private static string[] Tokens(TrainedTokenizer trained) =>
        [.. Enumerable.Range(256, trained.Merges)
            .Select(id => Encoding.Latin1.GetString(trained.Tokenizer.TokenBytes(id)))];

    private sealed class Recorder(List<TokenizerTrainingProgress> reports) : IProgress<TokenizerTrainingProgress>
    {
        public void Report(TokenizerTrainingProgress value) => reports.Add(value);
    }
}

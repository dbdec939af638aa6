using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workspaces.Errors;

namespace Platform.Trainer.Service.Tests.Runs;

/// <summary>Every field of RunSpec has its range, and says it to whoever leaves it.</summary>
public sealed class RunSpecRulesTests
{
    private const string Enumeration = "Not a value of this enumeration.";

    // Every value of them is fine.
    private static readonly string[] s_free =
    [
        "model.bias", "seed", "random_batches", "activation_checkpointing", "compile", "recovery.oom_backoff",
        "lora.rslora", "lora.dora",
    ];

    // Names of something, which RunCreationTests, WorkerFailureTests and ItemGradingTests look up.
    private static readonly string[] s_references =
        ["dataset", "base_model", "lora.adapter"];

    // A new model on a data set of 64 ids: path, values within, values without, what is said about the latter.
    private static readonly (string Path, string[] Good, string[] Bad, string Words)[] s_newModel =
    [
        ("max_steps", ["20", "1000000000"], ["0", "-1", "1000000001"], "Must be 1 to 1,000,000,000, not"),
        ("precision", ["'PRECISION_BF16'"], ["77"], Enumeration),
        ("device", ["'auto'", "'cpu'", "'cuda'", "'cuda:3'", "'mps'"], ["'tpu'", "'cuda:'", "'cuda:-1'"],
            "none of auto"),
        ("threads", ["0", "4096"], ["-1", "4097"], "Must be 0 to 4,096, not"),
        ("max_restarts", ["0", "100"], ["-1", "101"], "Must be 0 to 100, not"),
        ("ranks", ["1", "1024"], ["0", "1025"], "Must be 1 to 1,024, not"),
        ("model.preset", ["'gpt2'", "'gpt2-xl'"], ["'gpt3'"], "none of gpt2, gpt2-medium, gpt2-large, gpt2-xl"),
        ("model.n_layer", ["1", "200"], ["0", "201"], "Must be 1 to 200, not"),
        ("model.n_head", ["1", "4"], ["0", "1025"], "Must be 1 to 1,024, not"),
        ("model.n_head", ["16"], ["5"], "5 heads do not divide a width (n_embd) of 16."),
        ("model.n_embd", ["2", "16384"], ["1", "16385"], "Must be 2 to 16,384, not"),
        ("model.block_size", ["2", "65536"], ["1", "65537"], "Must be 2 to 65,536, not"),
        ("model.dropout", ["0", "0.9"], ["-0.1", "0.91", "'NaN'"], "Must be 0 to 0.9, not"),
        ("model.vocab_multiple", ["1", "1024"], ["0", "1025"], "Must be 1 to 1,024, not"),
        ("batch.micro_batch_size", ["1", "1024"], ["0", "65537"], "Must be 1 to 65,536, not"),
        ("batch.sequence_length", ["1", "32"], ["0", "33"], "Must be 1 to 32 (block_size), not"),
        ("batch.tokens_per_step", ["64", "640"], ["0", "-64"], "Must be 1 to 1,099,511,627,776, not"),
        ("batch.tokens_per_step", ["128"], ["100"], "100 is no multiple of micro_batch_size × sequence_length = 64."),
        ("optimizer.learning_rate", ["1e-9", "100"], ["0", "-1", "'NaN'", "'Infinity'"], "Must be above 0, not"),
        ("optimizer.min_learning_rate", ["0", "0.001"], ["-1", "0.002", "'NaN'"],
            "Must be 0 to 0.001 (learning_rate), not"),
        ("optimizer.warmup_steps", ["0", "20"], ["-1", "21"], "Must be 0 to 20 (max_steps), not"),
        ("optimizer.schedule", ["'SCHEDULE_LINEAR'", "'SCHEDULE_CONSTANT'"], ["77"], Enumeration),
        ("optimizer.schedule_steps", ["20", "1000000000"], ["19", "1000000001"], "Must be 20 to 1,000,000,000, not"),
        ("optimizer.beta1", ["0", "0.999"], ["-0.1", "1", "'NaN'"], "Must be 0 to below 1, not"),
        ("optimizer.beta2", ["0", "0.999"], ["-0.1", "1", "'NaN'"], "Must be 0 to below 1, not"),
        ("optimizer.epsilon", ["1e-12"], ["0", "'NaN'", "'Infinity'"], "Must be above 0, not"),
        ("optimizer.weight_decay", ["0", "1000"], ["-0.1", "1001", "'NaN'"], "Must be 0 to 1,000, not"),
        ("optimizer.gradient_clip", ["0", "1000000000"], ["-1", "2e9", "'NaN'"], "Must be 0 to 1,000,000,000, not"),
        ("evaluation.validation_interval", ["0", "1000000000"], ["-1", "1000000001"],
            "Must be 0 to 1,000,000,000, not"),
        ("evaluation.validation_batches", ["0", "10000000"], ["-1", "10000001"], "Must be 0 to 10,000,000, not"),
        ("evaluation.sample_interval", ["0", "1000000000"], ["-1", "1000000001"], "Must be 0 to 1,000,000,000, not"),
        ("evaluation.sample_prompt", ["''", "'once'"], ["LONG"], "At most 100,000 characters."),
        ("evaluation.sample_count", ["1", "64"], ["0", "65"], "Must be 1 to 64, not"),
        ("evaluation.sample_tokens", ["1", "32"], ["0", "33"], "Must be 1 to 32 (block_size), not"),
        ("evaluation.hellaswag_interval", ["0", "1000000000"], ["-1", "1000000001"], "Must be 0 to 1,000,000,000, not"),
        ("evaluation.hellaswag_limit", ["0", "10000000"], ["-1", "10000001"], "Must be 0 to 10,000,000, not"),
        ("checkpoint.interval", ["0", "1000000000"], ["-1", "1000000001"], "Must be 0 to 1,000,000,000, not"),
        ("checkpoint.keep_last", ["0", "1000000"], ["-1", "1000001"], "Must be 0 to 1,000,000, not"),
        ("early_stopping.patience", ["0", "1000000"], ["-1", "1000001"], "Must be 0 to 1,000,000, not"),
        ("early_stopping.min_delta", ["0", "100"], ["-0.1", "101", "'NaN'"], "Must be 0 to 100, not"),
        ("recovery.spike_loss_z", ["0", "1000"], ["-1", "1001", "'NaN'"], "Must be 0 to 1,000, not"),
        ("recovery.spike_gradient_z", ["0", "1000"], ["-1", "1001", "'NaN'"], "Must be 0 to 1,000, not"),
        ("recovery.spike_window", ["2", "10000"], ["1", "10001"], "Must be 2 to 10,000, not"),
    ];

    // On a base 48 wide.
    private static readonly (string Path, string[] Good, string[] Bad, string Words)[] s_adapter =
    [
        ("lora.rank", ["1", "48"], ["0", "49"], "Must be 1 to 48 (the base's n_embd), not"),
        ("lora.alpha", ["0.5", "1e6"], ["0", "-1", "'NaN'", "'Infinity'"], "Must be above 0, not"),
        ("lora.dropout", ["0", "0.9"], ["-0.1", "0.91", "'NaN'"], "Must be 0 to 0.9, not"),
        ("lora.targets[0]", ["'c_attn'"], ["''", "LONG"], "1 to 200 characters."),
        ("lora.targets", ["['c_attn','c_fc']"], ["['q_proj']"], "matches none of the base's layers"),
        ("lora.targets", ["['c_proj']"], ["MANY"], "At most 64."),
        ("lora.bias", ["'LORA_BIAS_ALL'"], ["77"], Enumeration),
        ("lora.plus_ratio", ["1", "1000"], ["0", "1001", "'NaN'"], "Must be above 0 and at most 1,000, not"),
        ("lora.patterns[0].layers", ["'0.attn.c_attn'"], ["''", "LONG"], "1 to 200 characters."),
        ("lora.patterns[0].layers", ["'[01].attn.c_attn'"], ["'h.(0'"], "Not a regular expression."),
        ("lora.patterns[0].layers", ["'c_attn'"], ["'c_fc'"], "fits none of the layers that are targeted."),
        ("lora.patterns[0].rank", ["1", "48"], ["0", "49"], "Must be 1 to 48 (the base's n_embd), not"),
        ("lora.patterns[0].alpha", ["0.5"], ["0", "'NaN'"], "Must be above 0, not"),
    ];

    // What does not go together: settings, the field that is named, what is said.
    private static readonly (string Settings, string Path, string Words)[] s_conflicts =
    [
        ("{'ranks': 2, 'device': 'cuda:0'}", "device", "names one card, and 2 ranks take one each"),
        ("{'ranks': 2, 'batch': {'tokens_per_step': 64}}", "batch.tokens_per_step", "sequence_length × ranks = 128."),
        ("{'batch': {'micro_batch_size': 60000, 'sequence_length': 32}}", "batch.micro_batch_size",
            "Micro-batches take 1920001 tokens, the data set has 1000000 to train on."),
        ("{'early_stopping': {'patience': 3}, 'evaluation': {'validation_interval': 0}}", "early_stopping.patience",
            "Goes by the validation loss"),
        ("{'evaluation': {'hellaswag_interval': 5}}", "evaluation.hellaswag_items", "Needed with hellaswag_interval"),
        ("{'lora': {'rank': 2}}", "base_model", "Needed with lora"),
    ];

    public static TheoryData<string, string, string> OutOfRange => new(
        from rule in s_newModel.Concat(s_adapter)
        from value in rule.Bad
        select (rule.Path, value, rule.Words));

    public static TheoryData<string, string> InRange => new(
        from rule in s_newModel.Concat(s_adapter)
        from value in rule.Good
        select (rule.Path, value));

    public static TheoryData<string, string, string> Conflicts => new(s_conflicts);

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Complete_OutOfRange_NamesTheFieldAndItsRange(string path, string value, string words) =>
        Assert.Contains(Check(path, value), v => v.Field == "spec." + path
            && v.Description.Contains(words, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(InRange))]
    public void Complete_InRange_SaysNothingOfTheField(string path, string value) =>
        Assert.DoesNotContain(Check(path, value), v => v.Field == "spec." + path);

    [Theory]
    [MemberData(nameof(Conflicts))]
    public void Complete_SettingsThatDoNotGoTogether_SaysSo(string settings, string path, string words)
    {
        var spec = Base(adapter: false);
        foreach (var (name, value) in JsonNode.Parse(settings.Replace('\'', '"'))!.AsObject())
        {
            if (value is JsonObject inner && spec[name] is JsonObject own)
                inner.ToList().ForEach(entry => own[entry.Key] = entry.Value!.DeepClone());
            else
                spec[name] = value!.DeepClone();
        }

        var violation = Assert.Single(Violations(spec));
        Assert.Equal("spec." + path, violation.Field);
        Assert.Contains(words, violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Complete_VocabularyAboveTheBases_NamesBoth()
    {
        var problems = new Violations();

        new RunSpecRules("spec.", problems).Complete(
            new RunSpec { Dataset = "datasets/d", BaseModel = "runs/b" },
            new DatasetFacts(1_000_000, 1000, VocabularySize: 65),
            new BaseModelFacts(RunBase.New, 1024, 48, VocabularySize: 64));

        var violation = Assert.Single(problems.All);
        Assert.Equal("spec.dataset", violation.Field);
        Assert.Equal("Its vocabulary has 65 ids, the base model's only 64.", violation.Description);
    }

    [Fact]
    public void Complete_EverythingOutOfRange_TellsAllAtOnce()
    {
        var wrong = s_newModel.DistinctBy(rule => rule.Path)
            .Where(rule => rule.Path is not ("batch.sequence_length" or "evaluation.sample_tokens")).ToList();
        var spec = Base(adapter: false);
        foreach (var rule in wrong)
            Set(spec, rule.Path, rule.Bad[0]);
        Set(spec, "evaluation.hellaswag_items", "'uploads/items'");

        var fields = Violations(spec).Select(v => v.Field["spec.".Length..]).ToHashSet();

        // What depends on another field is judged once that one is right.
        string[] depending =
        [
            "batch.tokens_per_step", "optimizer.min_learning_rate", "optimizer.warmup_steps",
            "optimizer.schedule_steps",
        ];
        Assert.Equal(wrong.Select(rule => rule.Path).Except(depending).Order(), fields.Except(depending).Order());
    }

    // A field that is added to the contract gets its range, or is said to have none.
    [Fact]
    public void Rules_EveryFieldOfTheContract_IsAmongThem()
    {
        var tested = s_newModel.Concat(s_adapter).Select(rule => rule.Path.Replace("[0]", "", StringComparison.Ordinal))
            .Concat(s_conflicts.Select(conflict => conflict.Path)).Concat(s_free).Concat(s_references).ToHashSet();

        Assert.Equal(Leaves(RunSpec.Descriptor, "").Order(), tested.Order());
    }

    private static IEnumerable<string> Leaves(MessageDescriptor message, string prefix) =>
        message.Fields.InDeclarationOrder().SelectMany(field => field.FieldType == FieldType.Message
            ? Leaves(field.MessageType, $"{prefix}{field.Name}.")
            : [prefix + field.Name]);

    private static IReadOnlyList<FieldViolation> Check(string path, string value)
    {
        var spec = Base(path.StartsWith("lora.", StringComparison.Ordinal));
        Set(spec, path, value);
        return Violations(spec);
    }

    private static JsonObject Base(bool adapter)
    {
        var spec = new JsonObject
        {
            ["dataset"] = "datasets/d",
            ["max_steps"] = 20,
            ["batch"] = new JsonObject { ["micro_batch_size"] = 2 },
            ["optimizer"] = new JsonObject { ["learning_rate"] = 0.001 },
            ["evaluation"] = new JsonObject(),
        };
        if (!adapter)
        {
            spec["model"] = new JsonObject { ["n_layer"] = 2, ["n_head"] = 2, ["n_embd"] = 16, ["block_size"] = 32 };
            return spec;
        }

        spec["base_model"] = "runs/b";
        spec["lora"] = new JsonObject
        {
            ["targets"] = new JsonArray("c_attn"),
            ["patterns"] = new JsonArray(new JsonObject { ["layers"] = "c_attn", ["rank"] = 1 }),
        };
        return spec;
    }

    private static void Set(JsonObject spec, string path, string value)
    {
        var parsed = value switch
        {
            "LONG" => JsonValue.Create(new string('x', 100_001)),
            "MANY" => new JsonArray([.. Enumerable.Repeat("c_attn", 65).Select(name => JsonValue.Create(name))]),
            _ => JsonNode.Parse(value.Replace('\'', '"')),
        };
        JsonNode node = spec;
        var steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        foreach (var step in steps[..^1])
            node = IndexOf(step) is { } index ? node[index]! : node[step] ??= new JsonObject();
        if (IndexOf(steps[^1]) is { } place)
            node[place] = parsed;
        else
            node[steps[^1]] = parsed;

        static int? IndexOf(string step) =>
            step.StartsWith('[') ? int.Parse(step[1..^1], CultureInfo.InvariantCulture) : null;
    }

    private static IReadOnlyList<FieldViolation> Violations(JsonObject spec)
    {
        var problems = new Violations();
        new RunSpecRules("spec.", problems).Complete(
            JsonParser.Default.Parse<RunSpec>(spec.ToJsonString()),
            new DatasetFacts(1_000_000, 1000, VocabularySize: 64),
            spec.ContainsKey("base_model") ? new BaseModelFacts(RunBase.New, 1024, 48, 64, Layers: 2) : null);
        return problems.All;
    }
}

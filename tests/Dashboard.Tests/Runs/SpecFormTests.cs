using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Tests.Runs;

public sealed class SpecFormTests
{
    private readonly SpecForm _form = new();

    [Fact]
    public void ToSpec_EmptyFields_AreLeftToTheService()
    {
        _form["dataset"] = "datasets/x";

        var spec = _form.ToSpec();

        Assert.Equal(new RunSpec { Dataset = "datasets/x" }, spec);
    }

    [Fact]
    public void ToSpec_Fields_AreReadByTheirTypes()
    {
        _form["max_steps"] = "2,000";
        _form["optimizer.learning_rate"] = "6e-4";
        _form["precision"] = "bf16";
        _form["model.bias"] = "false";

        var spec = _form.ToSpec();

        Assert.Equal(2_000, spec.MaxSteps);
        Assert.Equal(6e-4, spec.Optimizer.LearningRate);
        Assert.Equal(Precision.Bf16, spec.Precision);
        Assert.True(spec.Model.HasBias);
        Assert.False(spec.Model.Bias);
        Assert.False(_form.HasProblems);
    }

    [Fact]
    public void ToSpec_WordsForANumber_AreAProblemOfTheirField()
    {
        _form["batch.micro_batch_size"] = "many";

        _form.ToSpec();

        Assert.Equal("'many' is no whole number.", _form.Problem("batch.micro_batch_size"));
    }

    [Fact]
    public void ToSpec_BaseModel_LeavesTheShapeOut()
    {
        _form["model.n_layer"] = "6";
        _form["base_model"] = "runs/base";
        _form.UseLora = true;
        _form["lora.targets"] = "c_attn, c_proj";

        var spec = _form.ToSpec();

        Assert.Null(spec.Model);
        Assert.Equal(["c_attn", "c_proj"], spec.Lora.Targets);
    }

    [Fact]
    public void Take_Refusal_PutsProblemsAtTheirFieldsAndTheRestBelow()
    {
        _form.Take(new(
            FailureKind.Invalid,
            "Two are wrong.",
            "",
            [new("spec.model.n_head", "Must divide n_embd."), new("spec.unknown", "What?")]));

        Assert.Equal("Must divide n_embd.", _form.Problem("model.n_head"));
        Assert.Equal(["spec.unknown: What?"], _form.OtherProblems);
    }

    [Fact]
    public void Fill_ExistingSpec_GivesTheSameSpecAgain()
    {
        var spec = new RunSpec
        {
            Dataset = "datasets/x",
            MaxSteps = 10,
            Seed = 7,
            Device = "cpu",
            Precision = Precision.Tf32,
            Model = new() { NLayer = 2, NHead = 2, NEmbd = 64, Bias = false },
            Optimizer = new() { LearningRate = 3e-4, WeightDecay = 0, Schedule = Schedule.Linear },
        };

        _form.Fill(spec);

        Assert.Equal(spec, _form.ToSpec());
    }

    [Fact]
    public void TakeYaml_WhatToYamlWrote_GivesTheSameSpecAgain()
    {
        var spec = new RunSpec
        {
            Dataset = "datasets/x",
            BaseModel = "runs/base@10",
            MaxSteps = 10,
            Optimizer = new() { LearningRate = 3e-4 },
            Lora = new() { Rank = 4, Targets = { "c_attn", "c_proj" }, Patterns = { new LoraPattern { Rank = 2 } } },
        };
        _form.Fill(spec);
        var other = new SpecForm();

        Assert.Null(other.TakeYaml(_form.ToYaml()));

        Assert.True(other.UseLora);
        Assert.Equal(spec, other.ToSpec());
    }

    [Theory]
    [InlineData("dataset: datasets/x\nmax_step: 5", "Line 2: Unknown key 'max_step'. Did you mean 'max_steps'?")]
    [InlineData("max_steps: many", "Line 1: 'max_steps': 'many' is no whole number.")]
    [InlineData("a: [", "Line 2: ")]
    public void TakeYaml_Wrong_SaysTheLineAndKeepsTheForm(string yaml, string problem)
    {
        _form["dataset"] = "datasets/kept";

        Assert.StartsWith(problem, _form.TakeYaml(yaml), StringComparison.Ordinal);

        Assert.Equal("datasets/kept", _form["dataset"]);
    }

    [Fact]
    public void Sections_OfTheForm_NameSettingsThatThereAreAndLackNone()
    {
        // Bug guarded: a setting that was added to RunSpec, or renamed in it, was missing from the form without a word.
        var named = new[] { SpecSection.Model, SpecSection.Lora, SpecSection.Others }.Concat(SpecSection.Common)
            .SelectMany(s => s.Settings).Select(s => s.Path).Concat(SpecSection.Apart);

        Assert.Equal(SpecPaths.Leaves(RunSpec.Descriptor).Select(l => l.Key).Order(), named.Order());
    }
}

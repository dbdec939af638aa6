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
            FailureKind.Invalid, "Two are wrong.", "", [new("spec.model.n_head", "Must divide n_embd."), new("spec.unknown", "What?")]));

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
}

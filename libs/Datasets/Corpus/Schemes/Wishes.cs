using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>What someone wanted at the beginning is what comes true.</summary>
internal static class Wishes
{
    public static Plot DreamJob(Teller t)
    {
        var who = t.Person();
        var job = t.Pick(Work.Jobs);
        var town = t.Pick(Places.Towns);
        return new Plot(
            [
                $"When {who} was little, {who.She} wanted to be {A(job.Name)}.",
                $"Every {t.Pick(Work.Days)} {who.She} {job.Practice} like a real {job.Name}.",
                t.Say(
                    $"Some people laughed, but {who} dreamed of {A(job.Workplace)}.",
                    $"{who}'s {t.Pick(Names.Relatives)} showed {who.Her} {A(job.Workplace)}."),
            ],
            t.End(
                $"Years later {who.She} went to work every day in",
                job.Workplace,
                [.. Work.Jobs.Select(other => other.Workplace)],
                place => $"{A(place)} in {town}."))
        {
            Questions =
            [
                new($"What did {who} want to be?", $"{who} wanted to be {A(job.Name)}."),
                new($"In which town did {who} work?", $"{who} worked in {town}."),
            ],
            People = [who],
            Subject = $"{job.Workplace} in {town}",
        };
    }

    public static Plot FallingStar(Teller t)
    {
        var who = t.Person();
        var (wish, owned) = t.PickTwo(Things.Instruments);
        return new Plot(
            [
                t.Say(
                    $"{who} saw a falling star and wished for {A(wish)}.",
                    $"{who} wished for {A(wish)} of {who.Hers} own."),
                $"{who}'s {t.Pick(Names.Relatives)} had {A(t.Look(owned))}, but {who} wanted the {wish}.",
                $"It was a night in {t.Pick(Work.Months)}, and {who} slept well.",
            ],
            t.End(
                $"In the morning there stood at {who.Hers} bed {A(t.Pick(Looks.Good))}",
                wish,
                Things.Instruments,
                found => $"{found}.",
                owned))
        {
            Questions =
            [
                new($"What did {who} wish for?", $"{who} wished for {A(wish)}."),
                new($"What stood at the bed?", $"{Capitalized(A(wish))} stood at the bed."),
            ],
            People = [who],
            Subject = t.Look(wish),
        };
    }

    public static Plot Painting(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (animal, other) = t.PickTwo(Nature.Wild);
        var colour = t.Pick(Looks.Colours);
        return new Plot(
            [
                $"At school {friend} painted {A(other)}, and {who} painted {A($"{colour} {animal}")}.",
                t.Say(
                    $"The teacher liked the picture of the {animal} best.",
                    $"Everybody wanted to look at the {animal}."),
                $"{friend} was {t.Pick(Looks.Traits)} and clapped for {who}.",
            ],
            t.End($"On the wall of the classroom hung the {colour}", animal, Nature.Wild, shown => $"{shown}.", other))
        {
            Questions =
            [
                new($"What did {who} paint?", $"{who} painted {A($"{colour} {animal}")}."),
                new($"What did {friend} paint?", $"{friend} painted {A(other)}."),
            ],
            People = [friend, who],
            Subject = $"picture of {A(animal)}",
        };
    }

    public static Plot BedtimeStory(Teller t)
    {
        var who = t.Person();
        var (hero, foe) = t.PickTwo(Names.Heroes);
        var home = t.Pick(Names.HeroHomes);
        var teller = t.Pick(Names.Relatives);
        return new Plot(
            [
                $"In the evening {who}'s {teller} read a story about {A(hero)} in {A(home)}.",
                t.Say(
                    $"In the story the {hero} was {t.Pick(Looks.Traits)} and won against {A(foe)}.",
                    $"The {hero} had to hide from {A(foe)}."),
                $"{who} loved the {hero} and fell asleep with a smile.",
            ],
            t.End($"All night long {who.She} dreamed of the", hero, Names.Heroes, found => $"{found}.", foe))
        {
            Questions =
            [
                new("Whom was the story about?", $"The story was about {A(hero)}."),
                new($"Where did the {hero} live?", $"The {hero} lived in {A(home)}."),
            ],
            People = [who],
            Subject = $"book about {A(hero)}",
        };
    }
}

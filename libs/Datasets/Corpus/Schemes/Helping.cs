using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>What was wrong decides what helps.</summary>
internal static class Helping
{
    public static Plot Illness(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var ailment = t.Pick(Work.Ailments);
        return new Plot(
            [
                $"On {t.Pick(Work.Days)} {who} had {ailment[0]} and could not play {t.Pick(Things.Games)}.",
                t.Say(
                    $"{friend} came to see {who.Her} and was {t.Pick(Looks.Sad)}.",
                    $"{friend} asked {who.Hers} {t.Pick(Names.Relatives)} for help."),
                t.Say(
                    $"They wanted to know what helps against {ailment[0]}.",
                    $"{friend} said that {ailment[1]} would help against {ailment[0]}."),
            ],
            t.End(
                $"{who.Capital} soon felt better after",
                ailment[1],
                [.. Work.Ailments.Select(row => row[1])],
                remedy => $"{remedy}."))
        {
            Questions =
            [
                new($"What did {who} have?", $"{who} had {ailment[0]}."),
                new($"What helps against {ailment[0]}?", $"Against {ailment[0]} helps {ailment[1]}."),
            ],
            People = [who, friend],
            Subject = $"advice against {ailment[0]}",
        };
    }

    public static Plot Repair(Teller t)
    {
        var (who, fixer) = (t.Person(), t.Person());
        var repair = t.Pick(Work.Repairs);
        var thing = t.Pick(repair[2].Split(", "));
        return new Plot(
            [
                $"{who}'s {t.Pick(Looks.Colours)} {thing} {repair[0]}, and {who} was {t.Pick(Looks.Sad)}.",
                $"{fixer} was {t.Pick(Looks.Traits)} and good at repairs.",
                t.Say(
                    $"When something {repair[0]}, {fixer} always took {repair[1]}.",
                    $"\"It {repair[0]},\" said {who}, and {fixer} nodded."),
            ],
            t.End(
                $"The {thing} was soon as good as new, thanks to",
                repair[1],
                [.. Work.Repairs.Select(row => row[1])],
                with => $"{with}."))
        {
            Questions =
            [
                new($"Who repaired the {thing}?", $"{fixer} repaired the {thing}."),
                new($"Whose {thing} was it?", $"It was {who}'s {thing}."),
            ],
            People = [who, fixer],
            Subject = thing,
        };
    }

    public static Plot Clothes(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (mine, yours) = t.PickTwo(Things.Clothes);
        var (colour, other) = t.PickTwo(Looks.Colours);
        return new Plot(
            [
                $"At the station {who} wore {A($"{colour} {mine}")}, and {friend} wore {A($"{other} {yours}")}.",
                t.Say("The wind was strong.", $"It was a stormy {t.Pick(Nature.Seasons)} day."),
                $"Suddenly the wind took the {colour} {mine} and blew it to the {t.Pick(Places.Outdoors)}.",
            ],
            t.End(
                $"{friend} ran after it and brought back the {colour}",
                mine,
                Things.Clothes,
                found => $"{found}.",
                yours))
        {
            Questions =
            [
                new($"What did {who} wear?", $"{who} wore {A($"{colour} {mine}")}."),
                new($"What did {friend} wear?", $"{friend} wore {A($"{other} {yours}")}."),
            ],
            People = [who, friend],
            Subject = $"{colour} {mine}",
        };
    }

    public static Plot Report(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (subject, other) = t.PickTwo(Things.Subjects);
        return new Plot(
            [
                $"For school {who} had to learn about {subject}, and {friend} about {other}.",
                t.Say(
                    $"In the library {who} read {t.Pick(Work.Numbers)} books on {subject}.",
                    $"{who}'s {t.Pick(Names.Relatives)} knew a lot about {subject}."),
                $"On {t.Pick(Work.Days)} it was {who}'s turn to speak.",
            ],
            t.End(
                $"The class was quiet when {who.She} talked about",
                subject,
                Things.Subjects,
                about => $"{about}.",
                other))
        {
            Questions =
            [
                new($"What did {who} learn about?", $"{who} learned about {subject}."),
                new($"What did {friend} learn about?", $"{friend} learned about {other}."),
            ],
            People = [who, friend],
            Subject = $"book about {subject}",
        };
    }
}

using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>Where people and letters come from, and when they come back.</summary>
internal static class Journeys
{
    public static Plot DayTrip(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (vehicle, missed) = t.PickTwo(Things.Vehicles);
        var town = t.Pick(Places.Towns);
        return new Plot(
            [
                $"{who} and {friend} wanted to travel to {town}.",
                $"They missed the {missed}, so they took the {vehicle}.",
                t.Say($"The {vehicle} was {t.Pick(Looks.Sizes)}.", $"It was {A(t.Pick(Looks.Good))} {vehicle}."),
                t.Say(
                    $"In {town} they saw the {t.Pick(Places.Buildings)} and ate {t.Pick(Food.Treats)}.",
                    $"They had {t.Pick(Food.Drinks)} in {town} and bought {A(t.Pick(Things.Clothes))}."),
            ],
            t.End("At night they came home as they had gone, by", vehicle, Things.Vehicles, by => $"{by}.", missed))
        {
            Questions =
            [
                new($"How did they travel to {town}?", $"They took the {vehicle} to {town}."),
                new("What did they miss?", $"They missed the {missed}."),
            ],
            People = [who, friend],
            Subject = $"{vehicle} to {town}",
        };
    }

    public static Plot Letter(Teller t)
    {
        var who = t.Person();
        var sender = t.Pick(Names.Relatives);
        var (town, other) = t.PickTwo(Places.Towns);
        return new Plot(
            [
                $"{who}'s {sender} had moved from {other} to {town}.",
                t.Say(
                    $"One day {who} got {A(t.Look("letter"))} from {who.Hers} {sender}.",
                    $"In {t.Pick(Work.Months)} there was a letter in the box for {who}."),
                $"The {sender} wrote about {t.Pick(Nature.Flowers)} and {A(t.Pick(Looks.Traits))} friend in {town}.",
            ],
            t.End("The stamp showed that the letter came from", town, Places.Towns, from => $"{from}.", other))
        {
            Questions =
            [
                new("Who wrote the letter?", $"{who}'s {sender} wrote the letter."),
                new($"Where did the {sender} live now?", $"The {sender} lived in {town}."),
            ],
            People = [who],
            Subject = $"post office in {town}",
        };
    }

    public static Plot Promise(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (day, today) = t.PickTwo(Work.Days);
        var place = t.Pick(Places.Outdoors);
        return new Plot(
            [
                $"On {today} {who} left for the {place}.",
                $"{who.Capital} promised {friend} to be back on {day}.",
                t.Say(
                    $"{friend} was {t.Pick(Looks.Sad)} and waited for {day}.",
                    $"{friend} wrote {day} on a piece of paper and waited."),
                $"{who} always kept a promise.",
            ],
            t.End($"{who.Capital} came back from the {place} on", day, Work.Days, back => $"{back}.", today))
        {
            Questions =
            [
                new($"When did {who} promise to be back?", $"{who} promised to be back on {day}."),
                new($"Who waited for {who}?", $"{friend} waited for {who}."),
            ],
            People = [who, friend],
            Subject = $"path to the {place}",
        };
    }

    public static Plot Meeting(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (place, first) = t.PickTwo(Places.Buildings);
        var drink = t.Pick(Food.Drinks);
        return new Plot(
            [
                $"{who} wanted to meet {friend} at the {first}, but it was closed.",
                t.Say(
                    $"So they chose the {place} instead.",
                    $"{friend} called and said to come to the {place}."),
                $"It was {A(t.Pick(Nature.Seasons))} day, and {who} brought {drink} to the {place}.",
            ],
            t.End($"They drank the {drink} together at the", place, Places.Buildings, at => $"{at}.", first))
        {
            Questions =
            [
                new($"Where did {who} and {friend} meet?", $"{who} and {friend} met at the {place}."),
                new("What was closed?", $"The {first} was closed."),
            ],
            People = [who, friend],
            Subject = place,
        };
    }
}

using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>Who holds a thing at the end depends on who gave it to whom.</summary>
internal static class Giving
{
    public static Plot Birthday(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (gift, wish) = t.PickTwo(Things.Toys);
        var town = t.Pick(Places.Towns);
        return new Plot(
            [
                $"It was {friend}'s birthday in {t.Pick(Work.Months)}.",
                $"In a shop in {town} {who} saw {A(wish)}, but it cost too much.",
                t.Say(
                    $"So {who} bought {A(t.Look(gift))} and wrapped the {gift} in {t.Pick(Looks.Colours)} paper.",
                    $"Then {who} chose {A(t.Look(gift))} and put the {gift} into a box."),
            ],
            t.End($"{friend} opened it and saw the", gift, Things.Toys, found => $"{found}.", wish))
        {
            Questions =
            [
                new($"What did {who} buy?", $"{who} bought {A(gift)}."),
                new("Whose birthday was it?", $"It was {friend}'s birthday."),
            ],
            People = [who, friend],
            Subject = $"toy shop in {town}",
        };
    }

    public static Plot Lending(Teller t)
    {
        var girls = t.Below(2) == 0;
        var (owner, first, last) = (t.Person(girls), t.Person(girls), t.Person(girls));
        var thing = t.Pick(t.Below(2) == 0 ? Things.Tools : Things.Household);
        return new Plot(
            [
                $"{owner} had {A(t.Look(thing))} and lent the {thing} to {first}.",
                $"After a week the {thing} was given to {last}.",
                t.Say($"{last} needed the {thing} longer.", $"{last} kept the {thing} in the {t.Pick(Places.Rooms)}."),
            ],
            t.End($"When the {thing} was needed again, it was with", last, found => $"{found}.", first))
        {
            Questions =
            [
                new($"Whose {thing} was it?", $"It was {owner}'s {thing}."),
                new($"Who got the {thing} after {first}?", $"{last} got the {thing} after {first}."),
            ],
            People = [owner, first, last],
            Subject = thing,
        };
    }

    public static Plot Swap(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (mine, yours) = t.PickTwo(t.Below(2) == 0 ? Things.Treasures : Things.Toys);
        var kind = Things.Treasures.Contains(mine) ? Things.Treasures : Things.Toys;
        return new Plot(
            [
                $"{who} had {A(t.Look(mine))}, and {friend} had {A(t.Look(yours))}.",
                t.Say(
                    $"{who} liked the {yours} more, and {friend} liked the {mine}.",
                    $"{who} dreamed of the {yours}, and {friend} dreamed of the {mine}."),
                $"They met at school and swapped, so {who} took the {yours}.",
            ],
            t.End($"{who} went home with the", yours, kind, got => $"{got}.", mine))
        {
            Questions =
            [
                new($"What did {friend} have before the swap?", $"{friend} had {A(yours)}."),
                new($"What did {friend} get?", $"{friend} got the {mine}."),
            ],
            People = [who, friend],
            Subject = t.Look(yours),
        };
    }

    public static Plot Market(Teller t)
    {
        var who = t.Person();
        var (fruit, dear) = t.PickTwo(Food.Fruits);
        var number = t.Pick(Work.Numbers);
        var town = t.Pick(Places.Towns);
        return new Plot(
            [
                $"{who} went to the market in {town} with a basket made of {t.Pick(Looks.Materials)}.",
                $"{Capitalized(dear)} were too dear, so {who.She} asked for {number} {fruit}.",
                t.Say(
                    $"The farmer put the {fruit} into the basket and smiled.",
                    $"The {fruit} looked {t.Pick(Food.Tastes)}, and the farmer was kind."),
            ],
            t.End($"{who.Capital} carried home {number}", fruit, Food.Fruits, bought => $"{bought}.", dear))
        {
            Questions =
            [
                new($"What did {who} buy?", $"{who} bought {number} {fruit}."),
                new("What was too dear?", $"The {dear} were too dear."),
            ],
            People = [who],
            Subject = $"market in {town}",
        };
    }
}

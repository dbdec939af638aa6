using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>What was cooked is what is eaten.</summary>
internal static class Kitchen
{
    public static Plot Cooking(Teller t)
    {
        var who = t.Person();
        var dish = t.Pick(Food.Dishes);
        var (first, second) = t.PickTwo(Food.Ingredients);
        var guest = t.Pick(Names.Relatives);
        return new Plot(
            [
                $"{who} cooked {A(dish)} for {who.Hers} {guest}.",
                $"Into the {dish} went {first} and a lot of {second}.",
                t.Say(
                    $"The {guest} tasted the {second} at once and said that it was {t.Pick(Food.Tastes)}.",
                    $"It smelled of {second}, and the {guest} was hungry."),
            ],
            t.End($"They ate the {dish} with {first} and", second, Food.Ingredients, with => $"{with}."))
        {
            Questions =
            [
                new($"What did {who} cook?", $"{who} cooked {A(dish)} with {first} and {second}."),
                new($"For whom did {who} cook?", $"{who} cooked for {who.Hers} {guest}."),
            ],
            People = [who],
            Subject = $"{dish} with {first}",
        };
    }

    public static Plot WrongOrder(Teller t)
    {
        var who = t.Person();
        var (ordered, brought) = t.PickTwo(Food.Dishes);
        var town = t.Pick(Places.Towns);
        return new Plot(
            [
                $"At a restaurant in {town} {who} ordered {A(ordered)} and {t.Pick(Food.Drinks)}.",
                $"The waiter was {t.Pick(Looks.Traits)}, but he brought {A(brought)}.",
                t.Say(
                    $"{who} sent it back and asked for the {ordered} again.",
                    $"{who} did not want it and waited for the {ordered}."),
            ],
            t.End("At last the waiter came with the", ordered, Food.Dishes, dish => $"{dish}.", brought))
        {
            Questions =
            [
                new($"What did {who} order?", $"{who} ordered {A(ordered)}."),
                new("What did the waiter bring first?", $"The waiter brought {A(brought)} first."),
            ],
            People = [who],
            Subject = $"restaurant in {town}",
        };
    }

    public static Plot Crumbs(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var treat = t.Pick(Food.Treats);
        var (thief, innocent) = t.PickTwo(Nature.Pets);
        return new Plot(
            [
                $"{who} baked {treat} in the {t.Pick(Nature.Seasons)}, but soon the {treat} were gone.",
                $"{friend} thought of the {innocent.Name}, but it was asleep.",
                t.Say(
                    $"Then they saw crumbs on the {thief.Name}, and the {thief.Name} looked away.",
                    $"There were crumbs all round the {thief.Name}, and the {thief.Name} looked full."),
            ],
            t.End(
                $"The {treat} had been eaten by the",
                thief.Name,
                [.. Nature.Pets.Select(pet => pet.Name)],
                pet => $"{pet}.",
                innocent.Name))
        {
            Questions =
            [
                new($"Who had eaten the {treat}?", $"The {thief.Name} had eaten the {treat}."),
                new($"What was the {innocent.Name} doing?", $"The {innocent.Name} was asleep."),
            ],
            People = [who, friend],
            Subject = $"plate of {treat}",
        };
    }

    public static Plot Feeding(Teller t)
    {
        var who = t.Person();
        var pet = t.Pick(Nature.Pets);
        var name = t.Pick(Names.PetNames);
        return new Plot(
            [
                $"{name} was {who}'s {t.Pick(Looks.Colours)} {pet.Name} and very {t.Pick(Looks.Traits)}.",
                t.Say(
                    $"In the morning {name} {pet.Sound}, and {who} knew that the {pet.Name} was hungry.",
                    $"All day long the {pet.Name} {pet.Sound} at the {t.Pick(Places.Rooms)} door."),
                $"{who} went to the {t.Pick(Places.Rooms)} to fetch food for {name}.",
            ],
            t.End(
                $"The {pet.Name} was glad to get some",
                pet.Food,
                [.. Nature.Pets.Select(other => other.Food)],
                food => $"{food}."))
        {
            Questions =
            [
                new($"Who was {name}?", $"{name} was {who}'s {pet.Name}."),
                new($"What did {name} eat?", $"{name} ate {pet.Food}."),
            ],
            People = [who],
            Subject = $"food for {A(pet.Name)}",
        };
    }
}

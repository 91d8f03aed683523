using FsCheck;
using FsCheck.Fluent;

namespace Bifrost.Chat.Tests.Json;

/// <summary>Runs a check for many seeds; the seed that fails is in the exception.</summary>
internal static class Seeds
{
    public static void Check(int count, Action<int> check)
    {
        var seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
        Prop.ForAll(seeds, check).Check(Config.QuickThrowOnFailure.WithMaxTest(count));
    }
}

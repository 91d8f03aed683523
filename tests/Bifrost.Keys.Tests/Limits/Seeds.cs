namespace Bifrost.Keys.Tests.Limits;

/// <summary>Runs a long random scenario for many seeds. The seed that fails is in the exception.</summary>
internal static class Seeds
{
    public static void Check(int count, Action<int> check)
    {
        for (var seed = 0; seed < count; seed++)
        {
            try
            {
                check(seed);
            }
            catch (Exception broken)
            {
                Assert.Fail($"Seed {seed}: {broken}");
            }
        }
    }
}

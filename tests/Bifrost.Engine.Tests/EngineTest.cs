namespace Bifrost.Engine.Tests;

/// <summary>A test on the shared engine; every test has keys of its own.</summary>
[Collection(EngineCollection.Name)]
public abstract class EngineTest(EngineHost engine)
{
    private protected EngineHost Engine => engine;

    /// <summary>This test's key; a prefix that is no number, since Orleans' storage reads numeric keys as numbers.</summary>
    private protected string Key { get; } = $"k-{Guid.CreateVersion7():N}";

    private protected Stage Stage => Stage.Of(Key);

    private protected T Grain<T>(string suffix = "") where T : IGrainWithStringKey => engine.Grains.GetGrain<T>(Key + suffix);
}

namespace Bifrost.Embedded.Runtime;

/// <summary>Where calls for one key go: an activation, or the workers of one.</summary>
internal interface ICallTarget
{
    /// <summary>False: this target is gone, look for another. True: <see cref="Call.Answer"/> is what the caller gets.</summary>
    bool Accept(Call call);

    /// <summary>The activations to collect or to stop.</summary>
    void CollectInto(List<Activation> activations);
}

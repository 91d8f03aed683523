namespace Bifrost.Calls.Contracts;

/// <summary>A call's slot at its provider.</summary>
public interface ICallSlot
{
    /// <summary>Lets the next call in while this one goes on upstream, because its client left. Repeating it changes nothing.</summary>
    void Free();
}

namespace Bifrost.Embedded.Runtime;

/// <summary>A state that the activation reads before its grain activates.</summary>
internal interface IPersistentStateSlot
{
    Task ReadStateAsync();
}

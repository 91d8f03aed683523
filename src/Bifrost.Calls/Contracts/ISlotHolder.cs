namespace Bifrost.Calls.Contracts;

/// <summary>Who makes a call, and knows when its client leaves.</summary>
public interface ISlotHolder
{
    /// <summary>The call has its slot, until it ends or the holder frees it.</summary>
    void Took(ICallSlot slot);
}

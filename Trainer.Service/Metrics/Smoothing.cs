namespace Platform.TrainerHost.Metrics;

/// <summary>
/// Exponential smoothing whose memory is in steps: after one half-life an old value counts half. So curves with a point
/// every step and every tenth step look alike, and what is drawn already never changes.
/// </summary>
/// <param name="halfLife">In steps, above 0; 0: no smoothing.</param>
internal struct Smoothing(double halfLife)
{
    private double _value = double.NaN;
    private long _step;
    private long _distance;
    private double _kept;

    /// <summary>Takes in the next point.</summary>
    /// <returns>The smoothed value there; a value that is not finite leaves it as it was.</returns>
    public double Next(long step, double value)
    {
        if (halfLife <= 0)
            return value;
        if (!double.IsFinite(value))
            return _value;
        // Two points of one step weigh as if a step lay between them.
        var distance = Math.Max(1, step - _step);
        if (_distance != distance)
        {
            // Mostly every point stands as far from the one before as that one did.
            (_distance, _kept) = (distance, Math.Pow(0.5, distance / halfLife));
        }

        _value = double.IsNaN(_value) ? value : value + ((_value - value) * _kept);
        _step = step;
        return _value;
    }
}

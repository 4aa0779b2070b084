// A line the size of a word.

const [WIDTH, HEIGHT] = [120, 28];

export function Spark({ values }: { readonly values: readonly (number | null)[] }) {
  const known = values.flatMap((value) => value ?? []);
  const most = Math.max(...known, 1e-9);
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = '';
  let isDrawing = false;
  values.forEach((value, i) => {
    if (value === null) {
      isDrawing = false;
      return;
    }
    const y = HEIGHT - 2 - (value / most) * (HEIGHT - 4);
    path += `${isDrawing ? 'L' : 'M'}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
    isDrawing = true;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

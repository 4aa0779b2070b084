// Trainings that lack one device each, as settings of hyperparameters.
export const DEVICES: Readonly<Record<string, readonly string[]>> = {
  all: [],
  'no delay to others': ['reward.others=0'],
  'no entropy bonus': ['entropy=0'],
  'few meshes in an update': ['meshes=8', 'meshesPerUpdate=4'],
  'no averaging of parameters': ['averaging=0'],
  'linear costs': ['reward.exponent=1'],
  'no cut of advantages': ['clipAdvantage=1000'],
  RMSProp: ['optimiser=rmsprop', 'learningRate=0.001'],
};

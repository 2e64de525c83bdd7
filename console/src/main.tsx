import './app.css';
import { startIn } from './app.tsx';

startIn(document.getElementById('app')!);
